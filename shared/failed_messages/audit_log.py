"""The audit log of the console: who did what when, over all messages, groups and operations.

Stored as `audit_log/{id}`, in the commit of the action itself. Automatic actions are in the histories of the
messages only. The id follows from the record, so that a commit which is sent again stores one record.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.digest import digest
from shared.domain.value import Value
from shared.failed_messages.documents import document_id, from_fields, read_page, to_fields
from shared.failed_messages.model import PAGE_SIZE, SYSTEM, AuditEntry, FailedMessage, Page
from shared.gcp.firestore.query import Condition, FirestoreQueries, Op, Selection
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import Write, set_document

COLLECTION = "audit_log"
AUDIT_RETENTION = timedelta(days=400)
"""A year, and the month in which it is reviewed."""


class AuditRecord(Value):
    """One action of a person; `detail` holds no payload."""

    id: str
    at: datetime
    by: str
    action: str
    """The action of a message's history, or handed_over, searched, downloaded; of a bulk operation started,
    advanced, run_paused, run_resumed, cancelled; of automatic replay paused, unpaused; of maintenance erased,
    reencrypted, deadlines_updated."""
    kind: str
    """message, group, operation, subscription, customer, log or maintenance."""
    target: str
    """The id of the message, group, operation, search or run of maintenance, or the name of the subscription
    or file."""
    detail: str = ""
    edit: str = ""
    operation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Selects records; every field that is set must match."""

    by: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditLog:
    """Write and list the audit log; every method raises StoreUnavailable."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries) -> None:
        """Use Firestore's calls and queries."""
        self._rpc = rpc
        self._queries = queries

    async def write(self, record: AuditRecord) -> None:
        """Store the record of an action that changes no document."""
        await self._rpc.commit([audit_write(self._rpc, record)])

    async def page(
        self, wanted: AuditFilter, cursor: str | None = None, limit: int = PAGE_SIZE
    ) -> Page[AuditRecord]:
        """List records, the newest first. Raises InvalidCursor."""
        listed = Selection(collection=COLLECTION, where=_conditions(wanted), order=("at",), descending=True)
        documents, following = await read_page(self._queries, listed, limit, cursor)
        return Page(tuple(_read(each) for each in documents), following)


def new_record(*, at: datetime, by: str, action: str, kind: str, target: str, **more: str) -> AuditRecord:
    """Create a record with the id that follows from its content."""
    identifier = digest("audit", kind, target, at.isoformat(), by, action)
    return AuditRecord(id=identifier, at=at, by=by, action=action, kind=kind, target=target, **more)


def audit_write(rpc: FirestoreRpc, record: AuditRecord) -> Write:
    """Make the write of a record, for the commit of its action."""
    fields = to_fields(record) | {"expireAt": record.at + AUDIT_RETENTION}
    return set_document(rpc.name(f"{COLLECTION}/{record.id}"), fields)


def message_records(before: FailedMessage, after: FailedMessage) -> Iterable[AuditRecord]:
    """Yield a record for each entry that a change adds to a message's history, except automatic ones."""
    for entry in _find_added(before.history, after.history):
        if entry.by and entry.by != SYSTEM:
            yield new_record(
                at=entry.at,
                by=entry.by,
                action=entry.action,
                kind="message",
                target=after.id,
                detail="" if entry.action == "edited" else entry.detail,
                edit=entry.edit,
                operation=entry.operation,
            )


def _find_added(before: tuple[AuditEntry, ...], after: tuple[AuditEntry, ...]) -> list[AuditEntry]:
    """Return the entries behind the last one that was there before."""
    added: list[AuditEntry] = []
    for entry in reversed(after):
        if before and entry is before[-1]:
            break
        added.append(entry)
    return added[::-1]


def _conditions(wanted: AuditFilter) -> tuple[Condition, ...]:
    equal = {"by": wanted.by, "action": wanted.action, "target": wanted.target}
    times = (("at", Op.AT_LEAST, wanted.since), ("at", Op.BELOW, wanted.until))
    conditions = ((name, Op.EQUAL, value) for name, value in equal.items())
    return tuple(each for each in (*conditions, *times) if each[2] is not None)


def _read(document: Any) -> AuditRecord:
    return from_fields(AuditRecord, document_id(document), read_fields(document.fields))
