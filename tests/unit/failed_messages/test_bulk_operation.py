"""A bulk operation: its lease, its counts, and how it ends."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from shared.failed_messages.bulk_operation import (
    MAX_FAILURES,
    STALLED_AFTER,
    BulkAction,
    BulkOperation,
    BulkStatus,
    Failure,
)
from shared.failed_messages.bulk_transitions import (
    OPERATION_LEASE,
    acquire_lease,
    cancel,
    complete,
    pause,
    record_failure,
    record_left,
    record_result,
    release_lease,
    resume,
)
from shared.failed_messages.documents import from_fields, to_fields
from shared.failed_messages.errors import InProgress, NotOpen, OperationEnded
from shared.failed_messages.function_client import CALL_TIMEOUT_S
from shared.failed_messages.model import MessageStatus
from shared.failed_messages.transitions import REPLAY_LEASE
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
CALLS_OF_REPAIR = 2
"""A dry run and a replay: `test_a_group_is_repaired_and_the_rest_is_left` counts them."""

RESOLVED = failed_message(status=MessageStatus.RESOLVED, outcome="processed")


def test_an_operation_is_advanced_by_one_request_at_a_time() -> None:
    """A second request changes nothing while the first one holds the lease."""
    first = acquire_lease(OPERATION, "a", NOW)

    assert first.lease_owner == "a"
    assert acquire_lease(first, "b", NOW) is first
    assert release_lease(first, "b", NOW) is first
    assert acquire_lease(release_lease(first, "a", NOW), "b", NOW).lease_owner == "b"


def test_an_operation_with_an_expired_lease_is_taken_over() -> None:
    """The lease lasts longer than the slowest repair, and than the lease of a replay that stopped with it."""
    first = acquire_lease(OPERATION, "a", NOW)

    late = NOW + OPERATION_LEASE + timedelta(seconds=1)
    assert acquire_lease(first, "b", late).lease_owner == "b"
    assert max(REPLAY_LEASE, CALLS_OF_REPAIR * timedelta(seconds=CALL_TIMEOUT_S)) < OPERATION_LEASE


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


def test_a_message_that_is_not_found_any_more_is_skipped() -> None:
    """A group has lost one that was closed or erased: the counts add up to the confirmed number."""
    operation = complete(replace(OPERATION, done=1, failed=1), NOW)

    assert (operation.status, operation.skipped, operation.processed) == (BulkStatus.DONE, 1, operation.total)


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


def test_an_operation_goes_on_past_as_many_failures_as_allowed() -> None:
    """The next failure stops it, and each one is named with its reason."""
    operation = replace(OPERATION, max_failures=2)
    for _ in range(2):
        operation = record_result(operation, failed_message(), NOW)
    assert (operation.running, operation.failed, operation.stop) == (True, 2, None)

    operation = record_result(operation, failed_message(), NOW)

    assert (operation.status, operation.failed, operation.processed) == (BulkStatus.STOPPED, 3, 3)
    assert {each.reason for each in operation.failures} == {"order.totals_mismatch"}


def test_a_message_that_is_left_does_not_stop_the_operation() -> None:
    """Only a record without room for more names does."""
    failure = Failure(message_id="a" * 32, reason="repair.not_applicable")
    operation = record_left(OPERATION, failure, NOW)
    assert (operation.running, operation.left, operation.failed) == (True, 1, 0)

    full = replace(OPERATION, failures=(failure,) * (MAX_FAILURES - 1))
    assert record_left(full, failure, NOW).status is BulkStatus.STOPPED


def test_a_paused_operation_is_advanced_by_none_until_it_is_resumed() -> None:
    """The lease of the request in progress ends as usual; a paused operation may be cancelled."""
    working = acquire_lease(OPERATION, "a", NOW)
    paused = pause(working, "ann@x")

    assert (paused.status, paused.paused_by) == (BulkStatus.PAUSED, "ann@x")
    assert acquire_lease(paused, "b", NOW + OPERATION_LEASE * 2) is paused
    assert record_result(paused, RESOLVED, NOW).status is BulkStatus.PAUSED
    assert complete(paused, NOW) is paused
    resumed = resume(release_lease(paused, "a", NOW))
    assert (resumed.running, resumed.paused_by, resumed.scheduled) == (True, None, True)
    assert acquire_lease(resumed, "b", NOW).lease_owner == "b"
    assert cancel(paused, "bob@x", NOW).status is BulkStatus.CANCELLED
    for change in (lambda ended: pause(ended, "ann@x"), resume):
        with pytest.raises(OperationEnded):
            change(cancel(paused, "bob@x", NOW))


def test_a_running_operation_without_progress_is_stalled() -> None:
    """Its page says so until another request acquires the lease; a paused one is not stalled."""
    running = replace(acquire_lease(OPERATION, "a", NOW), scheduled=True)

    assert not running.is_stalled(NOW + STALLED_AFTER)
    late = NOW + STALLED_AFTER + timedelta(seconds=1)
    assert running.is_stalled(late)
    assert not record_result(running, RESOLVED, late).is_stalled(late)
    assert not pause(running, "ann@x").is_stalled(late)
    assert STALLED_AFTER < OPERATION_LEASE


def test_an_operation_of_an_older_version_waits_for_a_person() -> None:
    """The schedule does not advance what a person left in a closed browser long ago."""
    fields = to_fields(OPERATION)
    for added in ("scheduled", "failures", "failed", "left", "repair", "maxFailures", "positionAt"):
        del fields[added]

    assert from_fields(BulkOperation, OPERATION.id, fields).scheduled is False
