"""Failure groups: messages with the same fault; `failure_groups/{digest of what they share}`.

A group is created once, and each instance updates it at most once a minute. Its messages are counted
on request. A stored counter would be written for every dead letter of a flood, and a document takes
about one write a second.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import field

from shared.digest import digest
from shared.domain.value import Value
from shared.errors import LostRace
from shared.failed_messages.audit_log import audit_write, new_record
from shared.failed_messages.documents import document_id, from_fields, read_page, to_fields
from shared.failed_messages.errors import HandoverChanged, NotFound
from shared.failed_messages.group_identity import group_identity
from shared.failed_messages.model import PAGE_SIZE, FailedMessage, Page
from shared.failed_messages.retry_on_conflict import retry_on_conflict
from shared.gcp.firestore.query import FirestoreQueries, Op, Selection
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import NATIVE_TYPES, read_fields
from shared.gcp.firestore.writes import create, update_fields, update_fields_if

COLLECTION = "failure_groups"
UPDATE_INTERVAL = timedelta(minutes=1)


class FailureGroup(Value):
    """Messages that failed at one subscription for one reason, by the fault of one version of a producer."""

    id: str
    subscription: str
    topic: str
    error_type: str
    slug: str = field(name="reason")
    rule: str = ""
    """The violated rule, "field: rule"; empty in groups that an earlier release stored."""
    source: str = ""
    version: str = ""
    critical: bool
    first_seen_at: datetime
    last_seen_at: datetime
    """Correct to the minute."""
    owner: str = ""
    """The person who works on it."""
    note: str = ""
    ticket: str = ""
    """The address of a ticket in another system."""
    muted_until: datetime | None = None
    """Until then the group causes no notifications."""

    @property
    def handover_id(self) -> str:
        """Identify what the last handover left: the next one replaces it only if a person saw it."""
        return digest(self.owner, self.note, self.ticket, str(self.muted_until))

    def is_muted(self, now: datetime) -> bool:
        """Return whether the group causes no notifications."""
        return self.muted_until is not None and now < self.muted_until


class Handover(Value):
    """What a person writes down about a group for the next one."""

    owner: str = ""
    note: str = ""
    ticket: str = ""
    muted_until: datetime | None = None


class FailureGroups:
    """Create, read and list failure groups; every method raises StoreUnavailable."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries) -> None:
        """Use Firestore's calls and queries."""
        self._rpc = rpc
        self._queries = queries
        self._ensured: dict[tuple[str, bool], datetime] = {}

    async def ensure(self, message: FailedMessage) -> None:
        """Create or update the group of a message.

        Call it before the message is stored: a message without its group would be missing from the overview.
        """
        group = _build_group(message)
        key = (group.id, group.critical)
        ensured_at = self._ensured.get(key)
        if ensured_at is None or group.last_seen_at - ensured_at >= UPDATE_INTERVAL:
            await self._write(group)
            self._ensured[key] = group.last_seen_at

    async def mark_critical(self, group_id: str) -> None:
        """Mark a group with a message that has become critical: the overview lists it before the others."""
        with suppress(LostRace):  # there is no such group
            await self._rpc.commit([update_fields(self._name(group_id), {"critical": True})])

    async def find(self, group_id: str) -> FailureGroup | None:
        """Read a group."""
        path = f"{COLLECTION}/{group_id}"
        document = (await self._rpc.get([path])).get(path)
        return _read(document) if document else None

    async def page(self, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[FailureGroup]:
        """List groups: critical ones first, then by latest failure. Raises InvalidCursor."""
        listed = Selection(collection=COLLECTION, order=("critical", "lastSeenAt"), descending=True)
        documents, following = await read_page(self._queries, listed, limit, cursor)
        return Page(tuple(_read(each) for each in documents), following)

    async def list_seen_since(self, at: datetime, limit: int) -> tuple[FailureGroup, ...]:
        """List the groups with a failure since a moment, the latest first."""
        seen = Selection(
            collection=COLLECTION,
            where=(("lastSeenAt", Op.AT_LEAST, at - UPDATE_INTERVAL),),
            order=("lastSeenAt",),
            descending=True,
        )
        documents, _ = await read_page(self._queries, seen, limit, None)
        return tuple(_read(each) for each in documents)

    async def hand_over(
        self, group_id: str, handover: Handover, *, by: str, at: datetime, seen: str | None = None
    ) -> None:
        """Store who works on a group, with a note, in the audit log too.

        `seen` is the `handover_id` that the person replaces; any where absent. Raises NotFound,
        HandoverChanged, StoreContended.
        """
        record = new_record(
            at=at, by=by, action="handed_over", kind="group", target=group_id, detail=_summary(handover)
        )
        fields = msgspec.to_builtins(handover, builtin_types=NATIVE_TYPES)
        path = f"{COLLECTION}/{group_id}"

        async def attempt() -> None:
            document = (await self._rpc.get([path])).get(path)
            if document is None:
                raise NotFound("Failure group not found")
            if seen not in (None, _read(document).handover_id):
                raise HandoverChanged(
                    "Not saved: it was changed since you opened this form. Save again to replace it."
                )
            write = update_fields_if(self._name(group_id), fields, document.update_time)
            await self._rpc.commit([write, audit_write(self._rpc, record)])

        await retry_on_conflict(attempt, "failure group")

    async def _write(self, group: FailureGroup) -> None:
        name = self._name(group.id)
        try:
            await self._rpc.commit([create(name, to_fields(group))])
        except LostRace:
            await self._update(name, group)

    async def _update(self, name: str, group: FailureGroup) -> None:
        raised = {"critical": True} if group.critical else {}
        with suppress(LostRace):  # another instance updates the group at this moment
            await self._rpc.commit([update_fields(name, {"lastSeenAt": group.last_seen_at, **raised})])

    def _name(self, group_id: str) -> str:
        return self._rpc.name(f"{COLLECTION}/{group_id}")


def _summary(handover: Handover) -> str:
    muted = f"muted until {handover.muted_until:%Y-%m-%d %H:%M} UTC" if handover.muted_until else ""
    owner = f"owner {handover.owner}" if handover.owner else ""
    return "; ".join(filter(None, (owner, handover.note, handover.ticket, muted)))


def _build_group(message: FailedMessage) -> FailureGroup:
    identity = group_identity(message.subscription, message.failure_reason, message.attributes)
    return FailureGroup(
        id=identity.id,
        subscription=message.subscription,
        topic=message.topic,
        error_type=identity.error_type,
        slug=identity.slug,
        rule=identity.rule,
        source=identity.source,
        version=identity.version,
        critical=message.critical,
        first_seen_at=message.last_failed_at,
        last_seen_at=message.last_failed_at,
    )


def _read(document: Any) -> FailureGroup:
    return from_fields(FailureGroup, document_id(document), read_fields(document.fields))
