"""The schedule's check for failure groups that grow fast."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import Transient
from shared.failed_messages.failure_groups import FailureGroup, FailureGroups
from shared.failed_messages.notifications import NotificationKind, Notifications
from shared.failed_messages.repository import FailedMessageRepository

GROWTH_PERIOD = timedelta(minutes=10)
MIN_FAILED = 20
"""With fewer failures within a period, a group does not grow fast."""

GROWTH_FACTOR = 3
"""A group grows fast if a period has this many times the failures of the period before."""

MAX_CHECKED_GROUPS = 200
"""Groups that one check counts."""


def is_growing(recent: int, before: int) -> bool:
    """Return whether a group grows fast, by its failures in the last period and in the one before."""
    return recent >= MIN_FAILED and recent >= GROWTH_FACTOR * before


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthCheck:
    """Notify of failure groups that grow fast."""

    groups: FailureGroups
    repository: FailedMessageRepository
    notifications: Notifications
    clock: Callable[[], datetime]

    async def run(self) -> None:
        """Check the groups with failures in the last period; an unavailable store ends the check."""
        now = self.clock()
        try:
            for group in await self.groups.list_seen_since(now - GROWTH_PERIOD, MAX_CHECKED_GROUPS):
                await self._check(group, now)
        except Transient:
            return

    async def _check(self, group: FailureGroup, now: datetime) -> None:
        recent = await self.repository.count_failed(group.id, now - GROWTH_PERIOD, now)
        if recent < MIN_FAILED:
            return
        before = await self.repository.count_failed(group.id, now - 2 * GROWTH_PERIOD, now - GROWTH_PERIOD)
        if is_growing(recent, before):
            fields = {
                "topic": group.topic,
                "subscription": group.subscription,
                "reason": group.slug,
                "failed": recent,
            }
            text = f"Growing fast: {group.slug} of {group.subscription}, {recent} in 10 minutes."
            await self.notifications.notify(NotificationKind.GROWING, group.id, group, text, fields)
