"""Second-level retries wait longer each time, and end."""

from datetime import timedelta

from shared.failed_messages.automatic_replay import LONGEST_WAIT, MAX_RETRIES, put_off
from shared.failed_messages.model import Case
from tests.unit.failed_messages.failed_messages import NOW, case

MINUTE = timedelta(minutes=1)


def put_off_times(times: int) -> Case:
    """Return a case that was put off so often."""
    put = case(retry_at=NOW)
    for _ in range(times):
        put = put_off(put, "order.not_found", NOW, MINUTE)
    return put


def test_the_wait_doubles_up_to_its_limit() -> None:
    """One minute, two, four, and never more than six hours."""
    waits = [put_off(case(retries=tries), "", NOW, MINUTE).retry_at for tries in range(MAX_RETRIES - 1)]

    assert waits[:3] == [NOW + MINUTE, NOW + 2 * MINUTE, NOW + 4 * MINUTE]
    assert all(wait is not None and wait - NOW <= LONGEST_WAIT for wait in waits)


def test_retries_end() -> None:
    """The tenth look is the last, and the history says why each was in vain."""
    put = put_off_times(MAX_RETRIES)

    assert (put.retries, put.retry_at) == (MAX_RETRIES, None)
    assert [entry.action for entry in put.history] == ["still_deferred"] * 9 + ["retries_ended"]
    assert put.history[0].detail == "order.not_found"
