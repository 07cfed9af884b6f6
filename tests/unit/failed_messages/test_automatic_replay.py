"""Automatic replays wait longer each time, and end."""

from datetime import timedelta

from shared.failed_messages.automatic_replay import MAX_TRIES, MAX_WAIT, postpone
from shared.failed_messages.model import FailedMessage
from tests.unit.failed_messages.failed_messages import NOW, failed_message

MINUTE = timedelta(minutes=1)


def postponed(times: int) -> FailedMessage:
    """Return a case that was message off so often."""
    message = failed_message(next_replay_at=NOW)
    for _ in range(times):
        message = postpone(message, "order.not_found", NOW, MINUTE)
    return message


def test_the_wait_doubles_up_to_its_limit() -> None:
    """One minute, two, four, and never more than six hours."""
    waits = [
        postpone(failed_message(automatic_replays=tries), "", NOW, MINUTE).next_replay_at
        for tries in range(MAX_TRIES - 1)
    ]

    assert waits[:3] == [NOW + MINUTE, NOW + 2 * MINUTE, NOW + 4 * MINUTE]
    assert all(wait is not None and wait - NOW <= MAX_WAIT for wait in waits)


def test_retries_end() -> None:
    """The tenth look is the last, and the history says why each was in vain."""
    message = postponed(MAX_TRIES)

    assert (message.automatic_replays, message.next_replay_at) == (MAX_TRIES, None)
    assert [entry.action for entry in message.history] == ["still_deferred"] * 9 + ["retries_ended"]
    assert message.history[0].detail == "order.not_found"
