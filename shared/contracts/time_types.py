"""Types of the times in contracts, and the bounds within which they may lie."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, ValidationInfo

from shared.contracts.field_types import normalize_text

MAX_VALIDITY = timedelta(days=366)
"""An expiry lies at most this far after publication: a year of another calendar must not count as valid."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No shop's event is older. Systems that leave a time unset send the year 1, 1900 or 1970: as a fact it would
be older than every other one, and be dropped as stale."""


class Publication(NamedTuple):
    """When a message was published, and how far ahead of that its events may lie: clocks differ."""

    at: datetime
    max_ahead: timedelta
    time_zone: tzinfo = UTC
    """The time zone of a `timestamp` attribute without an offset."""


def _to_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be between the years 1 and 9999 in UTC") from None


def _check_not_ahead(at: datetime, info: ValidationInfo) -> datetime:
    """Refuse a time far in the future: the newest fact wins, so no real one could follow it."""
    published: Publication | None = info.context and info.context.publication
    if published and at - published.at > published.max_ahead:
        hours = round(published.max_ahead / timedelta(hours=1), 2)
        raise ValueError(f"must be at most {hours:g} hours after publication")
    return at


def _check_is_set(at: datetime) -> datetime:
    """Refuse the times that stand for none."""
    if at < EARLIEST:
        raise ValueError(f"must be in the year {EARLIEST.year} or later")
    return at


def _check_expiry(at: datetime, info: ValidationInfo) -> datetime:
    published: Publication | None = info.context and info.context.publication
    if published and at - published.at > MAX_VALIDITY:
        raise ValueError(f"must be at most {MAX_VALIDITY.days} days after publication")
    return at


def _require_time_text(value: Any) -> Any:
    """Require a text with a date: pydantic would read digits alone as seconds since 1970."""
    if not isinstance(value, str) or value[4:5] != "-":
        raise ValueError("must be a date and time with its offset, in ISO 8601")
    return value


def _add_time_zone(value: Any, info: ValidationInfo) -> Any:
    """Add the offset of the context's time zone to a time without one."""
    publication: Publication | None = info.context and info.context.publication
    try:
        stated = datetime.fromisoformat(value.strip())
    except (ValueError, AttributeError):
        return value
    if stated.tzinfo or not publication or ":" not in value:
        return value
    return stated.replace(tzinfo=publication.time_zone).isoformat()


UtcMoment = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A date and time with its offset, restated in UTC, within the years that Firestore can store."""

_StatedMoment = Annotated[
    UtcMoment, Field(strict=False), BeforeValidator(_require_time_text), BeforeValidator(normalize_text)
]

Moment = Annotated[_StatedMoment, AfterValidator(_check_is_set), AfterValidator(_check_not_ahead)]
"""The time of something that happened, in UTC: the same moment is the same content."""

EventTime = Annotated[Moment, BeforeValidator(_add_time_zone)]
"""The time of an event by its attribute; without an offset it is in the time zone of the settings."""

Expiry = Annotated[_StatedMoment, AfterValidator(_check_expiry)]
"""The time at which something ends, in UTC; it may lie ahead, within MAX_VALIDITY of publication."""

WaitingSince = _StatedMoment
"""When a message was first deferred, which the functions fill in; the present where it was not yet."""
