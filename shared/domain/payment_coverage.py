"""Which authorisation each capture draws on. Amounts are integers in minor units.

No message states it. A capture draws on authorisations of its own payment that were valid when it was taken.
An authorisation that was made after the capture holds an amount of its own. Where there is no earlier one,
the capture must be of the first one: clocks differ.

Whether a capture is covered is judged in its favour: it draws first on the authorisation that expires first,
so that as much as possible is covered. What is left of the authorisations follows the payment position, which
keeps the newest ones: captures draw first on these, the last capture first. So an authorisation that was to
be voided before a capture is to be voided after it, and not the one that was captured.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from shared.domain.payment import Authorization, Capture, Payment
from shared.domain.value import Value


class Gap(StrEnum):
    """Why a capture is not covered by authorisations."""

    NOT_AUTHORIZED = "not_authorized"
    EXPIRED = "expired"
    TOO_MUCH = "too_much"


class Hold(Value):
    """What is left of an authorisation after captures."""

    authorization: Authorization
    uncaptured_minor: int


class UncoveredCapture(Value):
    """A capture that authorisations cover only in part, or not at all."""

    capture: Capture
    gap: Gap


class Coverage(Value):
    """What captures left of the authorisations, and which captures are not covered."""

    holds: tuple[Hold, ...]
    uncovered: tuple[UncoveredCapture, ...]


def cover_captures(payment: Payment) -> Coverage:
    """Draw every capture on authorisations; the holds are the oldest first."""
    captures = sorted(payment.captures, key=lambda each: (each.captured_at, each.capture_id))
    return Coverage(
        holds=_find_holds(payment.authorizations, captures),
        uncovered=tuple(_find_uncovered(payment.authorizations, captures)),
    )


def _find_holds(authorizations: Iterable[Authorization], captures: Sequence[Capture]) -> tuple[Hold, ...]:
    left = {each: each.amount_minor for each in sorted(authorizations, key=_age, reverse=True)}
    for capture in reversed(captures):
        _draw(capture, left)
    return tuple(Hold(authorization=each, uncaptured_minor=left[each]) for each in reversed(left))


def _find_uncovered(
    authorizations: Iterable[Authorization], captures: Iterable[Capture]
) -> Iterator[UncoveredCapture]:
    left = {each: each.amount_minor for each in sorted(authorizations, key=_expiry)}
    for capture in captures:
        missing = _draw(capture, left)
        if missing:
            yield UncoveredCapture(capture=capture, gap=_gap(capture, missing, left))


def live_holds(holds: Iterable[Hold], at: datetime) -> tuple[Hold, ...]:
    """Return what can still be captured at a moment, the oldest first."""
    return tuple(each for each in holds if each.uncaptured_minor and at < each.authorization.expires_at)


def _age(authorization: Authorization) -> tuple[datetime, datetime, str, str]:
    return authorization.authorized_at, *_expiry(authorization)


def _expiry(authorization: Authorization) -> tuple[datetime, str, str]:
    return authorization.expires_at, authorization.authorization_id, authorization.payment_id


def _draw(capture: Capture, left: dict[Authorization, int]) -> int:
    """Take the capture out of what is left; return the amount that found no authorisation."""
    missing = capture.amount_minor
    own = [each for each in left if each.payment_id == capture.payment_id]
    made = [each for each in own if each.authorized_at <= capture.captured_at]
    for each in made or sorted(own, key=_age):
        if capture.captured_at < each.expires_at:
            minor = left[each]
            taken = min(missing, minor)
            left[each] = minor - taken
            missing -= taken
    return missing


def _gap(capture: Capture, missing: int, left: dict[Authorization, int]) -> Gap:
    own = {each: minor for each, minor in left.items() if each.payment_id == capture.payment_id}
    if not any(each.amount_minor for each in own):
        return Gap.NOT_AUTHORIZED
    expired = sum(minor for each, minor in own.items() if each.expires_at <= capture.captured_at)
    return Gap.EXPIRED if missing <= expired else Gap.TOO_MUCH
