"""What the person on call sees first: open failures by cause, counted when asked."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from shared.failed_messages.counts import Counts
from shared.failed_messages.errors import NotFound
from shared.failed_messages.failure_group import FailureGroup
from shared.failed_messages.failure_groups import FailureGroups
from shared.failed_messages.model import CaseStatus
from shared.failed_messages.paging import PAGE_SIZE, Page
from shared.failed_messages.repository import CaseFilter, Cases

TREND_STEPS = 12
TREND_STEP = timedelta(hours=2)
"""A trend covers a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """A cause of failures, and how many messages of it are open."""

    group: FailureGroup
    open: int
    exact: bool = True
    """False where the count did not come in time, and `open` is what it was before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSummary:
    """How many failed messages of a subscription are in each state."""

    subscription: str
    function: str
    counts: dict[CaseStatus, int]
    exact: bool = True
    """False where a count did not come in time, and is what it was before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Count failures by cause and by subscription; every method raises StoreUnavailable."""

    cases: Cases
    failure_groups: FailureGroups
    functions: dict[str, str]
    """The function behind each subscription."""
    clock: Callable[[], datetime]
    counted: Counts[Hashable] = field(default_factory=Counts)

    async def groups(self, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[GroupSummary]:
        """List causes with open failures: critical ones first, then the one seen last.

        A page may have fewer items than `limit` and still not be the last. Raises BadCursor.
        """
        found = await self.failure_groups.page(cursor, limit)
        counts = await self.counted.all({each.id: self._open(each.id) for each in found.items})
        summaries = (
            GroupSummary(group=each, open=counts[each.id].number, exact=counts[each.id].exact)
            for each in found.items
        )
        return Page(tuple(each for each in summaries if each.open or not each.exact), found.next)

    async def group(self, group_id: str) -> GroupSummary:
        """Tell of one cause; raise NotFound."""
        group = await self.failure_groups.find(group_id)
        if group is None:
            raise NotFound("group: there is none by this id")
        return GroupSummary(group=group, open=await self._open(group_id)())

    async def trend(self, group_id: str) -> tuple[int, ...]:
        """Count a group's failures in each two hours of the last day, oldest first.

        Each message counts when it failed last. Empty where counting takes too long.
        """
        now = self.clock()
        starts = [now - TREND_STEP * step for step in range(TREND_STEPS, 0, -1)]
        counts = await Counts[datetime]().all(
            {start: partial(self.cases.count_failed, group_id, start, start + TREND_STEP) for start in starts}
        )
        numbers = tuple(counts[start].number for start in starts)
        return numbers if all(each.exact for each in counts.values()) else ()

    async def subscriptions(self) -> tuple[SubscriptionSummary, ...]:
        """Count each subscription's failed messages by status."""
        names = sorted(self.functions)
        wanted = [(name, status) for name in names for status in CaseStatus]
        counts = await self.counted.all({each: self._with_status(*each) for each in wanted})
        return tuple(
            SubscriptionSummary(
                subscription=name,
                function=self.functions[name],
                counts={status: counts[name, status].number for status in CaseStatus},
                exact=all(counts[name, status].exact for status in CaseStatus),
            )
            for name in names
        )

    def _open(self, group_id: str) -> Callable[[], Awaitable[int]]:
        return partial(self.cases.count, CaseFilter(status=CaseStatus.OPEN, group_id=group_id))

    def _with_status(self, subscription: str, status: CaseStatus) -> Callable[[], Awaitable[int]]:
        return partial(self.cases.count, CaseFilter(status=status, subscription=subscription))
