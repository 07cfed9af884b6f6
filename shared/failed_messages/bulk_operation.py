"""A bulk operation: replaying, repairing or discarding many failed messages, its progress and its lease.

The schedule advances it, so a closed browser changes nothing.

One request at a time holds the lease and works on the operation. Some fields are stored under older names.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import field
from msgspec.structs import replace

from shared.domain.value import Value
from shared.failed_messages.errors import NotAllowed, NotOpen, OperationEnded
from shared.failed_messages.model import FailedMessage, MessageStatus
from shared.failed_messages.patch import PatchStep

OPERATION_LEASE = timedelta(minutes=3)
"""Another request may acquire the lease of an operation without a heartbeat for this long.
Longer than the slowest message, a repair with its dry run and replay (`function_client.CALL_TIMEOUT_S`), and
longer than the lease of a replay that was in progress when its holder stopped."""

STALLED_AFTER = timedelta(minutes=1)
"""Longer than an operation waits for the schedule's next request."""

MAX_FAILURES = 500
"""Failures that a record names: a document holds 1 MiB."""


class BulkAction(StrEnum):
    """What a bulk operation does with each message."""

    REPLAY = "replay"
    DISCARD = "discard"
    REPAIR = "repair"
    """Apply a patch, replay what passes the dry run, and leave the rest."""


class BulkStatus(StrEnum):
    """The state of a bulk operation."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    STOPPED = "STOPPED"
    """A message failed again; the remaining ones are untouched."""
    PAUSED = "PAUSED"
    """A person paused it and may resume it."""
    CANCELLED = "CANCELLED"


class Failure(Value):
    """A message that stayed open, and the reason."""

    message_id: str
    reason: str
    detail: str = ""


class Stop(Value):
    """The message that stopped a bulk operation, and the reason."""

    message_id: str = field(name="case")
    reason: str
    detail: str = ""


Result = FailedMessage | Failure | NotAllowed
"""A message as its turn left it, or why it was left or refused."""


class BulkOperation(Value):
    """Works through its messages one by one, in order of publication."""

    id: str
    action: BulkAction
    group_id: str | None = None
    message_ids: tuple[str, ...] = field(default=(), name="cases")
    """The selected messages in order of publication; empty where the operation covers a group."""
    reason: str = ""
    """The discard reason."""
    total: int
    """The number of messages, as confirmed at the start."""
    rate: int
    """Messages per second, at most."""
    started_at: datetime
    started_by: str
    status: BulkStatus = BulkStatus.RUNNING
    done: int = 0
    skipped: int = 0
    """Messages that were closed or deleted, or failed again, before their turn."""
    scheduled: bool = False
    """The schedule advances it. One that an earlier release stored waits for a person."""
    max_failures: int = 0
    """Messages that may fail before the operation stops."""
    failed: int = 0
    left: int = 0
    """Messages that the operation did not replay: their dry run fails, or an earlier one stayed open."""
    failures: tuple[Failure, ...] = ()
    """The messages that failed or were left."""
    repair: tuple[PatchStep, ...] = ()
    position_at: datetime | None = None
    """Publish time of the last message that was processed, of a group."""
    position_id: str = ""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """The number of messages by outcome."""
    stop: Stop | None = None
    lease_owner: str | None = field(default=None, name="advancer")
    """The token of the request that works on the operation at present."""
    heartbeat_at: datetime
    ended_at: datetime | None = None
    cancelled_by: str | None = None
    paused_by: str | None = None

    @property
    def running(self) -> bool:
        """Return whether messages may remain, and no person paused it."""
        return self.status is BulkStatus.RUNNING

    @property
    def unfinished(self) -> bool:
        """Return whether messages may remain."""
        return self.status in (BulkStatus.RUNNING, BulkStatus.PAUSED)

    @property
    def processed(self) -> int:
        """Return the number of messages that had their turn."""
        return self.done + self.skipped + self.failed + self.left

    def is_stalled(self, now: datetime) -> bool:
        """Return whether it makes no progress: its console crashed, or a function is slow."""
        return self.running and self.scheduled and now - self.heartbeat_at > STALLED_AFTER


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
