"""A bulk operation: its lease, its counts, and how it ends."""

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


def test_an_operation_is_advanced_by_one_request_at_a_time() -> None:
    """A second request changes nothing while the first one holds the lease."""
    first = acquire_lease(OPERATION, "a", NOW)

    assert first.lease_owner == "a"
    assert acquire_lease(first, "b", NOW) is first
    assert release_lease(first, "b", NOW) is first
    assert acquire_lease(release_lease(first, "a", NOW), "b", NOW).lease_owner == "b"


def test_an_operation_with_an_expired_lease_is_taken_over() -> None:
    """The lease lasts longer than that of a replay, which may have stopped with its console."""
    first = acquire_lease(OPERATION, "a", NOW)

    assert first.paused(NOW + LEASE) is False
    late = NOW + LEASE + timedelta(seconds=1)
    assert first.paused(late)
    assert acquire_lease(first, "b", late).lease_owner == "b"
    assert LEASE > REPLAY_LEASE


def test_outcomes_are_counted() -> None:
    """Each message counts once, by its outcome."""
    operation = record_result(
        record_result(OPERATION, RESOLVED, NOW), failed_message(status=MessageStatus.DISCARDED), NOW
    )

    assert (operation.done, operation.outcomes) == (2, {"processed": 1, "discarded": 1})
    assert operation.running


def test_a_message_that_fails_again_stops_the_operation() -> None:
    """The operation names the message and the reason."""
    operation = record_result(OPERATION, failed_message(), NOW)

    assert (operation.status, operation.done, operation.ended_at) == (BulkStatus.STOPPED, 0, NOW)
    assert operation.stop is not None
    assert (operation.stop.message_id, operation.stop.reason) == ("a" * 32, "order.totals_mismatch")


def test_a_closed_message_is_skipped_and_a_replaying_one_stops_the_operation() -> None:
    """No message of the same customer may overtake one that another person replays."""
    assert record_failure(OPERATION, "x", NotOpen("status"), NOW).skipped == 1
    assert record_failure(OPERATION, "x", NotOpen("status"), NOW).running
    assert record_failure(OPERATION, "x", InProgress("status"), NOW).status is BulkStatus.STOPPED


def test_a_cancelled_operation_stays_cancelled() -> None:
    """The message in progress is still counted; a second cancellation is refused."""
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


def test_an_operation_without_remaining_messages_is_done() -> None:
    """It ends, and no request can advance it."""
    operation = complete(replace(OPERATION, done=3), NOW)

    assert (operation.status, operation.ended_at) == (BulkStatus.DONE, NOW)
    assert acquire_lease(operation, "a", NOW) is operation
