"""What the person on call sees first: open failures by cause, counted when asked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.adapters.firestore.cases import CaseFilter, Cases
from shared.adapters.firestore.groups import FailureGroups
from shared.messages.case import CaseStatus
from shared.messages.failure_group import FailureGroup
from shared.messages.paging import PAGE_SIZE, Page
from shared.review.errors import NotFound

TREND_STEPS = 12
TREND_STEP = timedelta(hours=2)
"""A trend covers a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """A cause of failures, and how many messages of it are open."""

    group: FailureGroup
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSummary:
    """How many failed messages of a subscription are in each state."""

    subscription: str
    function: str
    counts: dict[CaseStatus, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Count failures by cause and by subscription; every method raises StoreUnavailable."""

    cases: Cases
    failure_groups: FailureGroups
    functions: dict[str, str]
    """The function behind each subscription."""
    clock: Callable[[], datetime]

    async def groups(self, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[GroupSummary]:
        """List causes with open failures: critical ones first, then the one seen last.

        A page may have fewer items than `limit` and still not be the last. Raises BadCursor.
        """
        found = await self.failure_groups.page(cursor, limit)
        summaries = await asyncio.gather(*(self._summary(each) for each in found.items))
        return Page(tuple(each for each in summaries if each.open), found.next)

    async def group(self, group_id: str) -> GroupSummary:
        """Tell of one cause; raise NotFound."""
        group = await self.failure_groups.find(group_id)
        if group is None:
            raise NotFound("group: there is none by this id")
        return await self._summary(group)

    async def trend(self, group_id: str) -> tuple[int, ...]:
        """Count how many messages of a group failed last in each two hours of the last day, oldest first."""
        now = self.clock()
        starts = [now - TREND_STEP * step for step in range(TREND_STEPS, 0, -1)]
        counts = (self.cases.count_failed(group_id, start, start + TREND_STEP) for start in starts)
        return tuple(await asyncio.gather(*counts))

    async def subscriptions(self) -> tuple[SubscriptionSummary, ...]:
        """Count each subscription's failed messages by status."""
        return tuple(await asyncio.gather(*(self._subscription(each) for each in sorted(self.functions))))

    async def _summary(self, group: FailureGroup) -> GroupSummary:
        wanted = CaseFilter(status=CaseStatus.OPEN, group_id=group.id)
        return GroupSummary(group=group, open=await self.cases.count(wanted))

    async def _subscription(self, name: str) -> SubscriptionSummary:
        wanted = (CaseFilter(status=status, subscription=name) for status in CaseStatus)
        counts = await asyncio.gather(*(self.cases.count(each) for each in wanted))
        return SubscriptionSummary(
            subscription=name,
            function=self.functions[name],
            counts=dict(zip(CaseStatus, counts, strict=True)),
        )
