"""A bulk operation: replaying, repairing or discarding many failed messages, its progress and its lease.

The schedule advances it, so a closed browser changes nothing.

One request at a time holds the lease and works on the operation. Some fields are stored under older names.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import field

from shared.domain.value import Value
from shared.failed_messages.patch import PatchStep

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
