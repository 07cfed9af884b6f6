"""Groups of failures by cause: `failure_groups/{digest of the cause}`.

A group's document is created once and touched at most once a minute by an instance; how many
messages it has is counted when somebody asks. A counter would be written by every dead letter of a
flood, and a document takes about one write a second.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from shared.consumer.idempotency import failure_group_id
from shared.errors import LostRace
from shared.failed_messages.failure_group import FailureGroup
from shared.failed_messages.model import Case
from shared.failed_messages.paging import PAGE_SIZE, Page
from shared.failed_messages.records import document_id, from_fields, to_fields
from shared.gcp.firestore.query import FirestoreQueries, Selection
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import create, update_fields

COLLECTION = "failure_groups"
TOUCH_EVERY = timedelta(minutes=1)


class FailureGroups:
    """Note that a cause was seen, and list the causes."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries) -> None:
        """Use Firestore's calls and queries."""
        self._rpc = rpc
        self._queries = queries
        self._noted: dict[tuple[str, bool], Any] = {}

    async def note(self, case: Case) -> None:
        """See to it that the group of a case exists; call it before the case is stored, so that none hides.

        Raises StoreUnavailable.
        """
        group = _group(case)
        noted = self._noted.get((group.id, group.critical))
        if noted is None or group.last_seen_at - noted >= TOUCH_EVERY:
            await self._write(group)
            self._noted[group.id, group.critical] = group.last_seen_at

    async def find(self, group_id: str) -> FailureGroup | None:
        """Read a group. Raises StoreUnavailable."""
        path = f"{COLLECTION}/{group_id}"
        document = (await self._rpc.get([path])).get(path)
        return _restored(document) if document else None

    async def page(self, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[FailureGroup]:
        """List groups: critical ones first, then the one seen last. Raises BadCursor, StoreUnavailable."""
        listed = Selection(collection=COLLECTION, order=("critical", "lastSeenAt"), descending=True)
        documents, following = await self._queries.page(listed, limit, cursor)
        return Page(tuple(_restored(each) for each in documents), following)

    async def _write(self, group: FailureGroup) -> None:
        name = self._rpc.name(f"{COLLECTION}/{group.id}")
        try:
            await self._rpc.commit([create(name, to_fields(group))])
        except LostRace:
            await self._touch(name, group)

    async def _touch(self, name: str, group: FailureGroup) -> None:
        raised = {"critical": True} if group.critical else {}
        with suppress(LostRace):  # another instance touches it at this moment
            await self._rpc.commit([update_fields(name, {"lastSeenAt": group.last_seen_at, **raised})])


def _group(case: Case) -> FailureGroup:
    return FailureGroup(
        id=failure_group_id(case.subscription, case.failure_reason),
        subscription=case.subscription,
        topic=case.topic,
        error_type=case.failure_reason.error_type,
        reason=case.failure_reason.slug,
        critical=case.critical,
        first_seen_at=case.last_failed_at,
        last_seen_at=case.last_failed_at,
    )


def _restored(document: Any) -> FailureGroup:
    return from_fields(FailureGroup, document_id(document), read_fields(document.fields))
