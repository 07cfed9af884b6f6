"""Whether it gets better or worse: how many messages failed within a period, and how many were closed.

Both are counted by stored times, so they do not depend on who looked when.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from shared.failed_messages.counts import Counts
from shared.failed_messages.repository import FailedMessageRepository

PERIODS: Mapping[str, timedelta] = {
    "15 minutes": timedelta(minutes=15),
    "hour": timedelta(hours=1),
    "24 hours": timedelta(hours=24),
    "7 days": timedelta(days=7),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodChange:
    """What changed within the last period; not `exact` where counting took too long."""

    period: str
    failed: int
    """Messages that failed for the first time."""
    closed: int
    """Messages that were resolved or discarded."""
    exact: bool = True

    @property
    def change(self) -> int:
        """Return how many more messages are open than before; negative where it got better."""
        return self.failed - self.closed


async def count_period_changes(
    repository: FailedMessageRepository, now: datetime, group_id: str | None = None
) -> tuple[PeriodChange, ...]:
    """Count the messages of a group, or all of them, that failed and were closed within each period."""
    wanted: dict[tuple[str, str], Callable[[], Awaitable[int]]] = {}
    for name, length in PERIODS.items():
        since = now - length
        wanted[name, "failed"] = partial(repository.count_received, since, group_id)
        wanted[name, "closed"] = partial(repository.count_closed, since, group_id)
    counts = await Counts[tuple[str, str]]().count_all(wanted)
    return tuple(
        PeriodChange(
            period=name,
            failed=counts[name, "failed"].number,
            closed=counts[name, "closed"].number,
            exact=counts[name, "failed"].exact and counts[name, "closed"].exact,
        )
        for name in PERIODS
    )
