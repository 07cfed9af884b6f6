"""The first page for the person on call: open failures by group and subscription, counted on request."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from shared.failed_messages.counts import Counts
from shared.failed_messages.errors import NotFound
from shared.failed_messages.failure_groups import FailureGroup, FailureGroups, Handover
from shared.failed_messages.impact import Impact
from shared.failed_messages.model import PAGE_SIZE, MessageFilter, MessageStatus, Page
from shared.failed_messages.period_changes import PeriodChange, count_period_changes
from shared.failed_messages.repository import FailedMessageRepository

TREND_STEPS = 12
TREND_STEP = timedelta(hours=2)
"""A trend covers a day."""

MAX_READS = 5
"""Lists of groups that one page of the overview reads, to leave out those without open messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """A failure group and its number of open messages."""

    group: FailureGroup
    open: int
    exact: bool = True
    """False where the count timed out, and `open` is the last known count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """All open messages, and whether it gets better or worse."""

    open: int
    exact: bool
    period_changes: tuple[PeriodChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSummary:
    """The number of a subscription's failed messages by status."""

    subscription: str
    function: str
    counts: dict[MessageStatus, int]
    exact: bool = True
    """False where a count timed out, and is the last known one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Count failures by group and by subscription; every method raises StoreUnavailable."""

    repository: FailedMessageRepository
    failure_groups: FailureGroups
    functions: dict[str, str]
    """The function behind each subscription."""
    clock: Callable[[], datetime]
    counts: Counts[Hashable] = field(default_factory=Counts)

    async def groups(self, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[GroupSummary]:
        """List groups with open messages, critical ones first, then the largest of a page.

        Groups stay stored when their last message is closed. So it reads on until the page is full, at most
        MAX_READS times: a page may have fewer items than `limit` and still have a next one.
        Raises InvalidCursor.
        """
        shown: list[GroupSummary] = []
        for _ in range(MAX_READS):
            found = await self.failure_groups.page(cursor, limit - len(shown))
            summaries = await self._count_open(found.items)
            shown += [each for each in summaries if each.open or not each.exact]
            cursor = found.next
            if cursor is None or len(shown) == limit or not all(each.exact for each in summaries):
                break
        shown.sort(key=lambda each: (not each.group.critical, -each.open))
        return Page(tuple(shown), cursor)

    async def hand_over(self, group_id: str, handover: Handover, *, by: str, seen: str | None = None) -> None:
        """Store who works on a group, with a note, a ticket and how long it is muted.

        Raises NotFound, and HandoverChanged where the group was handed over since `seen`.
        """
        await self.failure_groups.hand_over(group_id, handover, by=by, at=self.clock(), seen=seen)

    async def headline(self) -> Headline:
        """Count all open messages, and what changed within the last periods."""
        open_messages = partial(self.repository.count, MessageFilter(status=MessageStatus.OPEN))
        wanted: dict[Hashable, Callable[[], Awaitable[int]]] = {"open": open_messages}
        counts, changes = await asyncio.gather(self.counts.count_all(wanted), self.period_changes())
        count = counts["open"]
        return Headline(open=count.number, exact=count.exact, period_changes=changes)

    async def period_changes(self, group_id: str | None = None) -> tuple[PeriodChange, ...]:
        """Count the messages of a group, or all, that failed and were closed within the last periods."""
        return await count_period_changes(self.repository, self.clock(), group_id)

    async def impact(self, group_id: str) -> Impact:
        """Sum up the orders, amounts and producers of a group's open messages."""
        return await self.repository.impact(group_id)

    async def group(self, group_id: str) -> GroupSummary:
        """Summarise one group; raise NotFound."""
        group = await self.failure_groups.find(group_id)
        if group is None:
            raise NotFound("Failure group not found")
        return GroupSummary(group=group, open=await self._open(group_id)())

    async def trend(self, group_id: str) -> tuple[int, ...]:
        """Count a group's failures per two hours of the last day, oldest first.

        Each message counts at its latest failure. Empty where counting takes too long.
        """
        now = self.clock()
        starts = [now - TREND_STEP * step for step in range(TREND_STEPS, 0, -1)]
        counts = await Counts[datetime]().count_all(
            {
                start: partial(self.repository.count_failed, group_id, start, start + TREND_STEP)
                for start in starts
            }
        )
        numbers = tuple(counts[start].number for start in starts)
        return numbers if all(each.exact for each in counts.values()) else ()

    async def subscriptions(self) -> tuple[SubscriptionSummary, ...]:
        """Count each subscription's failed messages by status."""
        names = sorted(self.functions)
        wanted = [(name, status) for name in names for status in MessageStatus]
        counts = await self.counts.count_all({each: self._with_status(*each) for each in wanted})
        return tuple(
            SubscriptionSummary(
                subscription=name,
                function=self.functions[name],
                counts={status: counts[name, status].number for status in MessageStatus},
                exact=all(counts[name, status].exact for status in MessageStatus),
            )
            for name in names
        )

    async def _count_open(self, groups: tuple[FailureGroup, ...]) -> list[GroupSummary]:
        counts = await self.counts.count_all({each.id: self._open(each.id) for each in groups})
        return [
            GroupSummary(group=each, open=counts[each.id].number, exact=counts[each.id].exact)
            for each in groups
        ]

    def _open(self, group_id: str) -> Callable[[], Awaitable[int]]:
        wanted = MessageFilter(status=MessageStatus.OPEN, group_id=group_id)
        return partial(self.repository.count, wanted)

    def _with_status(self, subscription: str, status: MessageStatus) -> Callable[[], Awaitable[int]]:
        return partial(self.repository.count, MessageFilter(status=status, subscription=subscription))
