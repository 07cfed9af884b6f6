"""Notifications to people about a new failure group, a group that grows fast, and a critical message.

All instances together send each kind at most once an hour for a group, and at most MAX_PER_HOUR notifications
an hour: `notifications/{hour}` lists what was sent. A muted group causes none. The log line of a
notification has `alert`, by which the alert policies send e-mail.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.errors import Transient
from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.failed_messages.failure_groups import FailureGroup, FailureGroups
from shared.failed_messages.group_identity import group_identity
from shared.failed_messages.retry_on_conflict import retry_on_conflict
from shared.gcp.firestore import writes
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.telemetry import log

COLLECTION = "notifications"
MAX_PER_HOUR = 20
NOTIFICATION_RETENTION = timedelta(days=2)
NEW_GROUP_PERIOD = timedelta(minutes=5)
"""How long a group counts as new."""

GROUP_CACHE = timedelta(minutes=1)
"""How long an instance trusts what it read of a group: a flood must not read it for each message."""


class NotificationKind(StrEnum):
    """Why a person is notified; alert policies match these names."""

    NEW_GROUP = "new_failure_group"
    GROWING = "growing_failure_group"
    CRITICAL = "critical_failed_message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One notification; it holds no payload."""

    kind: NotificationKind
    text: str
    fields: Mapping[str, Any]
    link: str | None
    """The address of the group on the console, where the console's address is known."""


Send = Callable[[Notification], Awaitable[None]]
"""Sends a notification; never raises, and takes a bounded time."""


@dataclass(slots=True)
class NotificationLog:
    """Decides whether a notification may still be sent in this hour."""

    rpc: FirestoreRpc
    _sent: dict[str, set[str]] = field(default_factory=dict)

    async def record(self, key: str, now: datetime) -> int | None:
        """Record that a notification is sent; return how many may follow in this hour, or None to send none.

        Raises StoreUnavailable, StoreContended.
        """
        hour = f"{now:%Y%m%d%H}"
        known = self._sent.get(hour, set())
        if key in known or len(known) >= MAX_PER_HOUR:
            return None

        async def attempt() -> int | None:
            path = f"{COLLECTION}/{hour}"
            document = (await self.rpc.get([path])).get(path)
            sent = list(read_fields(document.fields)["sent"]) if document else []
            if key in sent or len(sent) >= MAX_PER_HOUR:
                self._sent = {hour: set(sent)}
                return None
            fields = {"sent": [*sent, key], "expireAt": now + NOTIFICATION_RETENTION}
            name = self.rpc.name(path)
            write = (
                writes.replace(name, fields, document.update_time)
                if document
                else writes.create(name, fields)
            )
            await self.rpc.commit([write])
            self._sent = {hour: {*sent, key}}
            return MAX_PER_HOUR - len(sent) - 1

        return await retry_on_conflict(attempt, "notification")


@dataclass(slots=True, kw_only=True)
class Notifications:
    """Notify the person on call; no method raises."""

    log: NotificationLog
    groups: FailureGroups
    clock: Callable[[], datetime]
    send: Send | None = None
    console_url: str | None = None
    _read: dict[str, tuple[datetime, FailureGroup | None]] = field(default_factory=dict)

    async def notify_of_dead_letter(
        self, stored: StoredDeadLetter, text: str, fields: Mapping[str, Any]
    ) -> None:
        """Notify of a critical message or of a new failure group."""
        dead_letter = stored.dead_letter
        identity = group_identity(dead_letter.subscription, stored.failure_reason, dead_letter.attributes)
        group = await self._group(identity.id)
        is_new = group is None or self.clock() - group.first_seen_at < NEW_GROUP_PERIOD
        if not is_new and not stored.critical:
            return
        kind = NotificationKind.CRITICAL if stored.critical else NotificationKind.NEW_GROUP
        await self.notify(kind, identity.id, group, f"New failure group. {text}" if is_new else text, fields)

    async def notify(
        self,
        kind: NotificationKind,
        group_id: str,
        group: FailureGroup | None,
        text: str,
        fields: Mapping[str, Any],
    ) -> None:
        """Send a notification unless the group is muted, or enough were sent in this hour."""
        now = self.clock()
        if group is not None and group.is_muted(now):
            return
        try:
            left = await self.log.record(f"{kind}:{group_id}", now)
        except Transient:
            left = 1  # unknown; two notifications are better than none
        if left is None:
            return
        if left == 0:
            text += " No more notifications in this hour: look at the console."
        link = f"{self.console_url.rstrip('/')}/groups/{group_id}" if self.console_url else None
        if kind is not NotificationKind.CRITICAL:
            log.write({"severity": "WARNING", "message": text, "alert": kind.value, "link": link, **fields})
        if self.send is not None:
            await self.send(Notification(kind=kind, text=text, fields=fields, link=link))

    async def _group(self, group_id: str) -> FailureGroup | None:
        now = self.clock()
        read_at, group = self._read.get(group_id, (None, None))
        if read_at is not None and now - read_at < GROUP_CACHE:
            return group
        try:
            group = await self.groups.find(group_id)
        except Transient:
            return group
        self._read = {key: value for key, value in self._read.items() if now - value[0] < GROUP_CACHE}
        self._read[group_id] = (now, group)
        return group
