"""A operation counts, stops, is cancelled and taken over as it should."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from shared.failed_messages.bulk_operation import (
    LEASE,
    BulkAction,
    BulkOperation,
    BulkStatus,
    acquire_lease,
    cancel,
    complete,
    record_failure,
    record_result,
    release_lease,
)
from shared.failed_messages.errors import InProgress, NotOpen, OperationEnded
from shared.failed_messages.model import MessageStatus
from shared.failed_messages.transitions import LEASE as REPLAY_LEASE
from tests.unit.failed_messages.failed_messages import NOW, failed_message

OPERATION = BulkOperation(
    id="r" * 32,
    action=BulkAction.REPLAY,
    group_id="g" * 32,
    total=3,
    rate=5,
    started_at=NOW,
    started_by="ann@x",
    heartbeat_at=NOW,
)
RESOLVED = failed_message(status=MessageStatus.RESOLVED, outcome="processed")


def test_a_run_is_advanced_by_one_request_at_a_time() -> None:
    """Who comes second gets the operation as it is; after it was released it is the next one's."""
    first = acquire_lease(OPERATION, "a", NOW)

    assert first.lease_owner == "a"
    assert acquire_lease(first, "b", NOW) is first
    assert release_lease(first, "b", NOW) is first
    assert acquire_lease(release_lease(first, "a", NOW), "b", NOW).lease_owner == "b"


def test_a_run_without_a_sign_of_life_is_taken_over() -> None:
    """An interrupted operation is resumed, and not before the replay that died with it can be."""
    first = acquire_lease(OPERATION, "a", NOW)

    assert first.paused(NOW + LEASE) is False
    late = NOW + LEASE + timedelta(seconds=1)
    assert first.paused(late)
    assert acquire_lease(first, "b", late).lease_owner == "b"
    assert LEASE > REPLAY_LEASE


def test_outcomes_are_counted() -> None:
    """Each message counts once, by what came of it."""
    operation = record_result(
        record_result(OPERATION, RESOLVED, NOW), failed_message(status=MessageStatus.DISCARDED), NOW
    )

    assert (operation.done, operation.outcomes) == (2, {"processed": 1, "discarded": 1})
    assert operation.running


def test_a_message_that_failed_again_stops_the_run() -> None:
    """It names the message and its cause."""
    operation = record_result(OPERATION, failed_message(), NOW)

    assert (operation.status, operation.done, operation.ended_at) == (BulkStatus.STOPPED, 0, NOW)
    assert operation.stop is not None
    assert (operation.stop.message_id, operation.stop.reason) == ("a" * 32, "order.totals_mismatch")


def test_what_is_closed_is_passed_over_and_what_is_busy_stops() -> None:
    """Nothing of the same customer may overtake a message that another person replays."""
    assert record_failure(OPERATION, "x", NotOpen("status"), NOW).skipped == 1
    assert record_failure(OPERATION, "x", NotOpen("status"), NOW).running
    assert record_failure(OPERATION, "x", InProgress("status"), NOW).status is BulkStatus.STOPPED


def test_a_cancelled_run_stays_cancelled() -> None:
    """What was under way is counted, and cannot be cancelled twice."""
    operation = cancel(OPERATION, "bob@x", NOW)

    assert record_result(operation, RESOLVED, NOW).done == 1
    for after in (
        record_result(operation, RESOLVED, NOW),
        record_result(operation, failed_message(), NOW),
        complete(operation, NOW),
    ):
        assert after.status is BulkStatus.CANCELLED
    with pytest.raises(OperationEnded):
        cancel(operation, "ann@x", NOW)


def test_a_run_with_nothing_left_is_done() -> None:
    """It ends, and no request can advance it."""
    operation = complete(replace(OPERATION, done=3), NOW)

    assert (operation.status, operation.ended_at) == (BulkStatus.DONE, NOW)
    assert acquire_lease(operation, "a", NOW) is operation
