"""A run through many failed messages: what it is to do, and how far it came."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import field

from shared.domain.value import Value

INTERRUPTED_AFTER = timedelta(seconds=150)
"""Without a sign of life for so long, a run under way is taken to have lost whoever advanced it; longer
than the lease of the one replay that may have died with it."""


class RunAction(StrEnum):
    """What a run does with each message."""

    REPLAY = "replay"
    DISCARD = "discard"


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    STOPPED = "STOPPED"
    """A message failed again; the rest was left alone."""
    CANCELLED = "CANCELLED"


class Stop(Value):
    """The message a run stopped at, and why."""

    case: str
    reason: str
    detail: str = ""


class Run(Value):
    """Messages are taken one after the other, in the order of their first publication."""

    id: str
    action: RunAction
    group_id: str | None = None
    cases: tuple[str, ...] = ()
    """A selection, in the order of publication; empty where the run goes through a group."""
    reason: str = ""
    """Why they are discarded."""
    total: int
    """What was counted and confirmed at the start."""
    rate: int
    """Messages per second, at most."""
    started_at: datetime
    started_by: str
    status: RunStatus = RunStatus.RUNNING
    done: int = 0
    skipped: int = 0
    """Not open any more when their turn came."""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """How many came to each outcome."""
    stop: Stop | None = None
    advancer: str | None = None
    """The token of the request that advances the run at present."""
    heartbeat_at: datetime
    ended_at: datetime | None = None
    cancelled_by: str | None = None

    @property
    def running(self) -> bool:
        """Say whether there is something left to do."""
        return self.status is RunStatus.RUNNING

    def interrupted(self, now: datetime) -> bool:
        """Say whether a run under way gives no sign of life; advancing it resumes it."""
        return self.running and now - self.heartbeat_at > INTERRUPTED_AFTER
