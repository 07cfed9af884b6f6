"""Bulk operations in Firestore: `replay_runs/{id}`, written before and after each message."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.failed_messages.audit_log import AuditRecord, audit_write, new_record
from shared.failed_messages.bulk_operation import BulkOperation, BulkStatus
from shared.failed_messages.documents import document_id, from_fields, read_page, to_fields
from shared.failed_messages.errors import NotFound
from shared.failed_messages.model import PAGE_SIZE, Page
from shared.failed_messages.retry_on_conflict import retry_on_conflict
from shared.gcp.firestore.query import FirestoreQueries, Op, Selection
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import create, replace

COLLECTION = "replay_runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsAction:
    """What a person does with an operation: advanced, cancelled, run_paused or run_resumed."""

    name: str
    by: str
    at: datetime
    of_others_only: bool = False
    """Recorded only where another person started the operation."""


class BulkOperationStore:
    """Store, read, update and list bulk operations; every method raises StoreUnavailable."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries) -> None:
        """Use Firestore's calls and queries."""
        self._rpc = rpc
        self._queries = queries

    async def create(self, operation: BulkOperation) -> None:
        """Store a new operation. Raises LostRace where the id exists."""
        record = _record(operation, operation.started_at, operation.started_by, "started")
        write = create(self._name(operation.id), to_fields(operation))
        await self._rpc.commit([write, audit_write(self._rpc, record)])

    async def find(self, operation_id: str) -> BulkOperation:
        """Read an operation. Raises NotFound."""
        return (await self._read(operation_id))[0]

    async def update(
        self,
        operation_id: str,
        change: Callable[[BulkOperation], BulkOperation],
        action: PersonsAction | None = None,
    ) -> BulkOperation:
        """Apply a change exactly once, and record a person's action in the same commit.

        Writes nothing where `change` returns the operation itself. Raises NotFound, StoreContended.
        """

        async def attempt() -> BulkOperation:
            operation, version = await self._read(operation_id)
            changed = change(operation)
            if changed is not operation:
                writes = [replace(self._name(operation_id), to_fields(changed), version)]
                if action and not (action.of_others_only and action.by == operation.started_by):
                    record = _record(changed, action.at, action.by, action.name)
                    writes.append(audit_write(self._rpc, record))
                await self._rpc.commit(writes)
            return changed

        return await retry_on_conflict(attempt, "bulk operation")

    async def page(self, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[BulkOperation]:
        """List operations, the newest first. Raises InvalidCursor."""
        listed = Selection(collection=COLLECTION, order=("startedAt",), descending=True)
        documents, following = await read_page(self._queries, listed, limit, cursor)
        return Page(tuple(_operation(each) for each in documents), following)

    async def list_running(self) -> tuple[BulkOperation, ...]:
        """List the operations that are neither ended nor paused."""
        where = (("status", Op.EQUAL, BulkStatus.RUNNING.value),)
        documents, _ = await self._queries.page(Selection(collection=COLLECTION, where=where), PAGE_SIZE)
        return tuple(_operation(each) for each in documents)

    async def _read(self, operation_id: str) -> tuple[BulkOperation, object]:
        path = f"{COLLECTION}/{operation_id}"
        document = (await self._rpc.get([path])).get(path)
        if document is None:
            raise NotFound("Bulk operation not found")
        return _operation(document), document.update_time

    def _name(self, operation_id: str) -> str:
        return self._rpc.name(f"{COLLECTION}/{operation_id}")


def _operation(document: Any) -> BulkOperation:
    return from_fields(BulkOperation, document_id(document), read_fields(document.fields))


def _record(operation: BulkOperation, at: datetime, by: str, action: str) -> AuditRecord:
    detail = f"{operation.action} {operation.total}"
    return new_record(
        at=at,
        by=by,
        action=action,
        kind="operation",
        target=operation.id,
        detail=detail,
        operation=operation.id,
    )
