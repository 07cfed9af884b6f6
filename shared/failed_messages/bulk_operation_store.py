"""Runs through many failed messages: `replay_runs/{id}`, written before and after each message."""

from dataclasses import dataclass
from typing import Any

from shared.failed_messages.bulk_operation import Run
from shared.failed_messages.paging import PAGE_SIZE, Page
from shared.failed_messages.records import document_id, from_fields, to_fields
from shared.gcp.firestore.query import FirestoreQueries, Selection
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import create, replace

COLLECTION = "replay_runs"


@dataclass(frozen=True, slots=True)
class VersionedRun:
    """A run as it was when it was read."""

    run: Run
    version: object


class Runs:
    """Keep what runs are to do and how far they came."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries) -> None:
        """Use Firestore's calls and queries."""
        self._rpc = rpc
        self._queries = queries

    async def start(self, run: Run) -> None:
        """Keep a new run. Raises LostRace where its id is taken, StoreUnavailable."""
        await self._rpc.commit([create(self._name(run.id), to_fields(run))])

    async def find(self, run_id: str) -> VersionedRun | None:
        """Read a run. Raises StoreUnavailable."""
        path = f"{COLLECTION}/{run_id}"
        document = (await self._rpc.get([path])).get(path)
        return VersionedRun(_run(document), document.update_time) if document else None

    async def amend(self, run: Run, version: object) -> None:
        """Write a run over exactly the version that was read. Raises LostRace, StoreUnavailable."""
        await self._rpc.commit([replace(self._name(run.id), to_fields(run), version)])

    async def page(self, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[Run]:
        """List runs, the newest first. Raises BadCursor, StoreUnavailable."""
        listed = Selection(collection=COLLECTION, order=("startedAt",), descending=True)
        documents, following = await self._queries.page(listed, limit, cursor)
        return Page(tuple(_run(each) for each in documents), following)

    def _name(self, run_id: str) -> str:
        return self._rpc.name(f"{COLLECTION}/{run_id}")


def _run(document: Any) -> Run:
    return from_fields(Run, document_id(document), read_fields(document.fields))
