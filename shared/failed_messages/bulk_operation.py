"""A bulk operation: replaying or discarding many failed messages, its progress and its lease.

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

LEASE = timedelta(seconds=150)
"""An operation without a heartbeat for this long is paused, and another request may acquire the lease.
Longer than the lease of a replay that was in progress when its holder stopped."""


class BulkAction(StrEnum):
    """What a bulk operation does with each message."""

    REPLAY = "replay"
    DISCARD = "discard"


class BulkStatus(StrEnum):
    """The state of a bulk operation."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    STOPPED = "STOPPED"
    """A message failed again; the remaining ones are untouched."""
    CANCELLED = "CANCELLED"


class Stop(Value):
    """The message that stopped a bulk operation, and the reason."""

    message_id: str = field(name="case")
    reason: str
    detail: str = ""


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
    """Messages that were closed before their turn."""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """The number of messages by outcome."""
    stop: Stop | None = None
    lease_owner: str | None = field(default=None, name="advancer")
    """The token of the request that works on the operation at present."""
    heartbeat_at: datetime
    ended_at: datetime | None = None
    cancelled_by: str | None = None

    @property
    def running(self) -> bool:
        """Say whether messages may remain."""
        return self.status is BulkStatus.RUNNING

    def paused(self, now: datetime) -> bool:
        """Say whether the lease expired while messages remain."""
        return self.running and now - self.heartbeat_at > LEASE


def acquire_lease(operation: BulkOperation, owner: str, now: datetime) -> BulkOperation:
    """Give the lease to a request; change nothing where the operation ended or the lease is taken."""
    if not operation.running or (operation.lease_owner is not None and not operation.paused(now)):
        return operation
    return replace(operation, lease_owner=owner, heartbeat_at=now)


def release_lease(operation: BulkOperation, owner: str, now: datetime) -> BulkOperation:
    """End the lease of a request, if it still holds it."""
    return (
        replace(operation, lease_owner=None, heartbeat_at=now)
        if operation.lease_owner == owner
        else operation
    )


def record_result(operation: BulkOperation, message: FailedMessage, now: datetime) -> BulkOperation:
    """Count a replayed or discarded message; stop where its replay failed."""
    if message.status is MessageStatus.OPEN:
        reason = message.failure_reason
        return _stop(operation, Stop(message_id=message.id, reason=reason.slug, detail=reason.detail), now)
    outcomes = Counter(operation.outcomes)
    outcomes[message.outcome or message.status.lower()] += 1
    return replace(operation, done=operation.done + 1, outcomes=dict(outcomes), heartbeat_at=now)


def record_failure(
    operation: BulkOperation, message_id: str, refusal: NotAllowed, now: datetime
) -> BulkOperation:
    """Skip a message that is closed by now; stop at one that may not be replayed.

    Stopping keeps later messages of the same customer from overtaking it.
    """
    if isinstance(refusal, NotOpen):
        return replace(operation, skipped=operation.skipped + 1, heartbeat_at=now)
    return _stop(operation, Stop(message_id=message_id, reason=refusal.slug, detail=str(refusal)), now)


def complete(operation: BulkOperation, now: datetime) -> BulkOperation:
    """End an operation without remaining messages."""
    return _end(operation, BulkStatus.DONE, now) if operation.running else operation


def cancel(operation: BulkOperation, by: str, now: datetime) -> BulkOperation:
    """Cancel an operation; raise OperationEnded where it has ended."""
    if not operation.running:
        raise OperationEnded(f"Already {operation.status.lower()}")
    return replace(_end(operation, BulkStatus.CANCELLED, now), cancelled_by=by)


def _stop(operation: BulkOperation, stop: Stop, now: datetime) -> BulkOperation:
    return replace(_end(operation, BulkStatus.STOPPED, now), stop=stop)


def _end(operation: BulkOperation, status: BulkStatus, now: datetime) -> BulkOperation:
    # A cancelled operation stays cancelled, however the message in progress ends.
    final = status if operation.running else operation.status
    return replace(operation, status=final, ended_at=now, heartbeat_at=now)
