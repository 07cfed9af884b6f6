from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.contracts.contract import Parsing
from shared.contracts.time_types import EARLIEST, EventTime, Moment, Publication


@pytest.mark.parametrize("text", ["2024-01-10T10:00:00Z", "2024-01-10T17:00:00+07:00"])
def test_a_moment_may_have_any_offset(text: str) -> None:
    """Bangkok's five in the afternoon is the same moment as ten in the morning at Greenwich."""
    read = TypeAdapter(Moment).validate_python
    assert read(text) == read("2024-01-10T10:00:00.000Z")


@pytest.mark.parametrize(
    "text", ["2024-01-10", "2024-01-10T10:00:00", "10:00:00Z", "2024-02-30T10:00:00Z", "1704880800"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    """A date alone, a time without offset, a day that never was and an epoch are no moments."""
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(text)


def test_one_moment_in_two_offsets_is_the_same_content() -> None:
    """A producer that says the same moment in another offset has not said anything else."""
    moments = TypeAdapter(Moment)
    bangkok = moments.validate_python("2024-01-10T17:00:00+07:00")
    assert moments.dump_json(bangkok) == moments.dump_json(moments.validate_python("2024-01-10T10:00:00Z"))


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-07:00"])
def test_a_moment_outside_the_calendar_in_utc_is_refused(text: str) -> None:
    """A time before year 1 or after year 9999 in UTC is rejected, without another error."""
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(text)


@pytest.mark.parametrize("unset", ["0001-01-01", "1900-01-01", "1970-01-01", "1999-12-31"])
def test_a_time_that_was_never_set_is_refused(unset: str) -> None:
    """A count of the year 1 would be dropped as older than every other one, and its parcel leave no stock."""
    with pytest.raises(ValidationError, match="must be in the year 2000 or later"):
        TypeAdapter(Moment).validate_python(f"{unset}T00:00:00Z")
    assert TypeAdapter(Moment).validate_python("2000-01-01T00:00:00Z") == EARLIEST


def test_an_event_time_without_an_offset_is_in_the_time_zone_of_the_settings() -> None:
    """Three in the afternoon in Bangkok is eight in the morning in UTC; a stated offset is never replaced."""
    published = datetime(2024, 1, 10, 9, tzinfo=UTC)
    parsing = Parsing(Publication(published, timedelta(days=1), timezone(timedelta(hours=7))), 2)
    read = TypeAdapter(EventTime).validate_python

    assert read(" 2024-01-10T15:00:00", context=parsing) == datetime(2024, 1, 10, 8, tzinfo=UTC)
    assert read("2024-01-10T15:00:00Z", context=parsing) == datetime(2024, 1, 10, 15, tzinfo=UTC)
    with pytest.raises(ValidationError):
        read("2024-01-10", context=parsing)
