"""The check of the schedule for causes that grow fast."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import Transient
from shared.failed_messages.failure_groups import FailureGroup, FailureGroups
from shared.failed_messages.notifications import NotificationKind, Notifications
from shared.failed_messages.repository import FailedMessageRepository

PERIOD = timedelta(minutes=10)
MIN_FAILED = 20
"""Failures within a period below which a cause does not grow fast."""

FACTOR = 3
"""A cause grows fast where a period has as many times the failures of the one before."""

MAX_GROUPS = 200
"""Groups that one check counts."""


def is_growing(recent: int, before: int) -> bool:
    """Decide whether a cause grows fast, by its failures in the last period and in the one before."""
    return recent >= MIN_FAILED and recent >= FACTOR * before


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthCheck:
    """Notify of causes that grow fast."""

    groups: FailureGroups
    repository: FailedMessageRepository
    notifications: Notifications
    clock: Callable[[], datetime]

    async def run(self) -> None:
        """Check the groups with failures in the last period; an unavailable store ends the check."""
        now = self.clock()
        try:
            for group in await self.groups.seen_since(now - PERIOD, MAX_GROUPS):
                await self._check(group, now)
        except Transient:
            return

    async def _check(self, group: FailureGroup, now: datetime) -> None:
        recent = await self.repository.count_failed(group.id, now - PERIOD, now)
        if recent < MIN_FAILED:
            return
        before = await self.repository.count_failed(group.id, now - 2 * PERIOD, now - PERIOD)
        if is_growing(recent, before):
            fields = {
                "topic": group.topic,
                "subscription": group.subscription,
                "reason": group.slug,
                "failed": recent,
            }
            text = f"Growing fast: {group.slug} of {group.subscription}, {recent} in 10 minutes."
            await self.notifications.notify(NotificationKind.GROWING, group.id, group, text, fields)
