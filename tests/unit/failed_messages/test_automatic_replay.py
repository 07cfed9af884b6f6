"""The order of automatic replays, their growing waits, and their end."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.needed_message import MAX_WAIT_FOR_NEEDED
from shared.failed_messages.automatic_replay import MAX_REPLAY_WAIT, MAX_REPLAYS, postpone
from shared.failed_messages.model import FailedMessage
from shared.failed_messages.replay_turns import sort_by_turn
from tests.unit.failed_messages.failed_messages import NOW, failed_message

MINUTE = timedelta(minutes=1)


def postponed(times: int, **fields: Any) -> FailedMessage:
    """Return a message that was postponed this number of times."""
    message = failed_message(next_replay_at=NOW, **fields)
    for _ in range(times):
        message = postpone(message, "order.not_found", NOW, MINUTE)
    return message


def test_the_wait_doubles_up_to_its_limit() -> None:
    """One minute, two, four, and never more than six hours."""
    waits = [
        postpone(failed_message(automatic_replays=tries), "", NOW, MINUTE).next_replay_at
        for tries in range(MAX_REPLAYS - 1)
    ]

    assert waits[:3] == [NOW + MINUTE, NOW + 2 * MINUTE, NOW + 4 * MINUTE]
    assert all(wait is not None and wait - NOW <= MAX_REPLAY_WAIT for wait in waits)


def test_the_eleventh_automatic_replay_is_the_last() -> None:
    """The eleventh one is the last, and the history has the reason of each."""
    message = postponed(MAX_REPLAYS)

    assert (message.automatic_replays, message.next_replay_at) == (MAX_REPLAYS, None)
    assert [entry.action for entry in message.history] == ["still_deferred"] * 10 + ["retries_ended"]
    assert message.history[0].detail == "order.not_found"


def test_a_message_that_people_replayed_often_stops_no_other() -> None:
    """Each replay by a person adds a try, so the number has no limit; the doubled wait has one."""
    assert postpone(failed_message(automatic_replays=1000), "", NOW, MINUTE).next_replay_at is None


def test_retries_last_longer_than_a_fact_waits_for_others() -> None:
    """A refund waits for a capture that waits itself: the last try of both comes after that."""
    message, at = failed_message(next_replay_at=NOW), NOW
    while message.next_replay_at is not None:
        at = message.next_replay_at
        message = postpone(message, "payment.not_captured", at, MINUTE)

    assert at - NOW > 2 * MAX_WAIT_FOR_NEEDED


@pytest.mark.parametrize(("topic", "critical"), [("ship-events", True), ("order-update", False)])
def test_a_fact_that_waited_in_vain_is_critical(topic: str, *, critical: bool) -> None:
    """Until its last try it is not: the message that it needs may still arrive."""
    assert not postponed(MAX_REPLAYS - 1, topic=topic, critical=False).critical
    assert postponed(MAX_REPLAYS, topic=topic, critical=False).critical is critical


def test_customers_without_failed_tries_come_first_and_no_message_overtakes_its_customers() -> None:
    """A message that ends its function each time delays its own customer, not the others."""
    due = [
        failed_message(
            id=name, customer_keys=(customer,), publish_time=NOW + minute * MINUTE, automatic_replays=tries
        )
        for minute, (name, customer, tries) in enumerate(
            [("poison", b"a", 3), ("after poison", b"a", 0), ("first", b"b", 0), ("once", b"c", 1)]
        )
    ]

    assert [each.id for each in sort_by_turn(due[::-1])] == ["first", "once", "poison", "after poison"]


@given(st.lists(st.tuples(st.sets(st.sampled_from([b"a", b"b", b"c", b"d"])), st.integers(0, 3)), max_size=8))
def test_no_message_overtakes_one_that_has_a_key_in_common(sent: list[tuple[set[bytes], int]]) -> None:
    """Two customers may share a membership, and some messages of a customer do not name it."""
    due = [
        failed_message(
            id=str(minute),
            customer_keys=tuple(keys),
            publish_time=NOW + minute * MINUTE,
            automatic_replays=tries,
        )
        for minute, (keys, tries) in enumerate(sent)
    ]

    for earlier, later in itertools.combinations(sort_by_turn(due), 2):
        shared = set(earlier.customer_keys) & set(later.customer_keys)
        assert not shared or earlier.publish_time < later.publish_time
