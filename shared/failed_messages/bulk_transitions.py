"""How leases, turns of messages and actions of people change a bulk operation."""

from collections import Counter
from datetime import datetime, timedelta

from msgspec.structs import replace

from shared.failed_messages.bulk_operation import MAX_FAILURES, BulkOperation, BulkStatus, Failure, Stop
from shared.failed_messages.errors import NotAllowed, NotOpen, OperationEnded
from shared.failed_messages.model import FailedMessage, MessageStatus

OPERATION_LEASE = timedelta(minutes=3)
"""Another request may acquire the lease of an operation without a heartbeat for this long.
Longer than the slowest message, a repair with its dry run and replay (`function_client.CALL_TIMEOUT_S`), and
longer than the lease of a replay that was in progress when its holder stopped."""

Result = FailedMessage | Failure | NotAllowed
"""A message as its turn left it, or why it was left or refused."""


def acquire_lease(operation: BulkOperation, owner: str, now: datetime) -> BulkOperation:
    """Give the lease to a request; change nothing where the operation ended or the lease is taken."""
    leased = operation.lease_owner is not None and now - operation.heartbeat_at <= OPERATION_LEASE
    if not operation.running or leased:
        return operation
    return replace(operation, lease_owner=owner, heartbeat_at=now)


def release_lease(operation: BulkOperation, owner: str, now: datetime) -> BulkOperation:
    """End the lease of a request, if it still holds it."""
    owned = operation.lease_owner == owner
    return replace(operation, lease_owner=None, heartbeat_at=now) if owned else operation


def record_turn(
    operation: BulkOperation, message: FailedMessage | None, result: Result | None, now: datetime
) -> BulkOperation:
    """Count a message that had its turn; `message` or `result` is None where it was deleted before."""
    counted = at_position(operation, message) if message else operation
    if message is None or result is None:
        return record_skipped(counted, now)
    if isinstance(result, Failure):
        return record_left(counted, result, now)
    if isinstance(result, NotAllowed):
        return record_failure(counted, message.id, result, now)
    return record_result(counted, result, now)


def record_result(operation: BulkOperation, message: FailedMessage, now: datetime) -> BulkOperation:
    """Count a replayed or discarded message; stop where more replays failed than may."""
    if message.status is MessageStatus.OPEN:
        reason = message.failure_reason
        return _fail(operation, Failure(message_id=message.id, reason=reason.slug, detail=reason.detail), now)
    outcomes = Counter(operation.outcomes)
    outcomes[message.outcome or message.status.lower()] += 1
    return replace(operation, done=operation.done + 1, outcomes=dict(outcomes), heartbeat_at=now)


def record_failure(
    operation: BulkOperation, message_id: str, refusal: NotAllowed, now: datetime
) -> BulkOperation:
    """Skip a message that is closed by now; count one that may not be replayed as failed."""
    if isinstance(refusal, NotOpen):
        return record_skipped(operation, now)
    return _fail(operation, Failure(message_id=message_id, reason=refusal.slug, detail=str(refusal)), now)


def record_skipped(operation: BulkOperation, now: datetime) -> BulkOperation:
    """Count a message that was closed or deleted before its turn."""
    return replace(operation, skipped=operation.skipped + 1, heartbeat_at=now)


def record_left(operation: BulkOperation, failure: Failure, now: datetime) -> BulkOperation:
    """Count a message that was not replayed; stop where the record has no room for more."""
    counted = replace(
        operation, left=operation.left + 1, failures=(*operation.failures, failure), heartbeat_at=now
    )
    return _stop(counted, failure, now) if len(counted.failures) >= MAX_FAILURES else counted


def at_position(operation: BulkOperation, message: FailedMessage) -> BulkOperation:
    """Remember the last message that had its turn."""
    return replace(operation, position_at=message.publish_time, position_id=message.id)


def complete(operation: BulkOperation, now: datetime) -> BulkOperation:
    """End an operation without remaining messages: those that it did not find are skipped."""
    if not operation.running:
        return operation
    missing = max(0, operation.total - operation.processed)
    return _end(replace(operation, skipped=operation.skipped + missing), BulkStatus.DONE, now)


def cancel(operation: BulkOperation, by: str, now: datetime) -> BulkOperation:
    """Cancel an operation; raise OperationEnded where it has ended."""
    _check_unfinished(operation)
    return replace(_end(operation, BulkStatus.CANCELLED, now), cancelled_by=by)


def pause(operation: BulkOperation, by: str) -> BulkOperation:
    """Pause an operation before its next message; raise OperationEnded where it has ended."""
    _check_unfinished(operation)
    return replace(operation, status=BulkStatus.PAUSED, paused_by=by)


def resume(operation: BulkOperation) -> BulkOperation:
    """Have the schedule continue an operation; raise OperationEnded where it has ended."""
    _check_unfinished(operation)
    if operation.running and operation.scheduled:
        return operation
    return replace(operation, status=BulkStatus.RUNNING, paused_by=None, scheduled=True)


def _check_unfinished(operation: BulkOperation) -> None:
    if not operation.unfinished:
        raise OperationEnded(f"Already {operation.status.lower()}")


def _fail(operation: BulkOperation, failure: Failure, now: datetime) -> BulkOperation:
    failures = (*operation.failures, failure)
    counted = replace(operation, failed=operation.failed + 1, failures=failures, heartbeat_at=now)
    stopped = counted.failed > operation.max_failures or len(failures) >= MAX_FAILURES
    return _stop(counted, failure, now) if stopped else counted


def _stop(operation: BulkOperation, failure: Failure, now: datetime) -> BulkOperation:
    stop = Stop(message_id=failure.message_id, reason=failure.reason, detail=failure.detail)
    return replace(_end(operation, BulkStatus.STOPPED, now), stop=stop)


def _end(operation: BulkOperation, status: BulkStatus, now: datetime) -> BulkOperation:
    # A cancelled operation stays cancelled, however the message in progress ends.
    final = status if operation.unfinished else operation.status
    return replace(operation, status=final, ended_at=now, heartbeat_at=now)
