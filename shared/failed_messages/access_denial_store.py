"""Denied attempts: `denied_attempts/{hash(actor, action, hour)}`, forgotten after a year.

The id holds nothing that who tries could choose freely, so that trying grows counts and not documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.digest import digest
from shared.failed_messages.access_denial import Attempted, DeniedAttempts
from shared.failed_messages.paging import PAGE_SIZE, Page
from shared.gcp.firestore.query import FirestoreQueries, Selection
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import create, replace

COLLECTION = "denied_attempts"


@dataclass(frozen=True, slots=True)
class VersionedAttempts:
    """A record as it was when it was read."""

    attempts: DeniedAttempts
    version: object


class DeniedAttemptsRegister:
    """Keep what was tried in vain."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries) -> None:
        """Use Firestore's calls and queries."""
        self._rpc = rpc
        self._queries = queries

    async def find(self, tried: Attempted, at: datetime) -> VersionedAttempts | None:
        """Read the record of an actor's attempts at an action within an hour. Raises StoreUnavailable."""
        path = _path(tried.by, tried.action, at)
        document = (await self._rpc.get([path])).get(path)
        return VersionedAttempts(_restored(document), document.update_time) if document else None

    async def begin(self, attempts: DeniedAttempts) -> None:
        """Write an hour's first record. Raises LostRace where there is one, StoreUnavailable."""
        await self._rpc.commit([create(self._name(attempts), _fields(attempts))])

    async def amend(self, attempts: DeniedAttempts, version: object) -> None:
        """Write a record over exactly the version that was read. Raises LostRace, StoreUnavailable."""
        await self._rpc.commit([replace(self._name(attempts), _fields(attempts), version)])

    async def page(self, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[DeniedAttempts]:
        """List records, the last attempt first. Raises BadCursor, StoreUnavailable."""
        listed = Selection(collection=COLLECTION, order=("lastAt",), descending=True)
        documents, following = await self._queries.page(listed, limit, cursor)
        return Page(tuple(_restored(each) for each in documents), following)

    def _name(self, attempts: DeniedAttempts) -> str:
        return self._rpc.name(_path(attempts.by, attempts.action, attempts.first_at))


def _path(by: str, action: str, at: datetime) -> str:
    return f"{COLLECTION}/{digest('denied', by, action, f'{at:%Y-%m-%dT%H}')}"


def _fields(attempts: DeniedAttempts) -> Mapping[str, Any]:
    return {
        "by": attempts.by,
        "role": attempts.role,
        "action": attempts.action,
        "targets": list(attempts.targets),
        "count": attempts.count,
        "firstAt": attempts.first_at,
        "lastAt": attempts.last_at,
        "expireAt": attempts.expire_at,
    }


def _restored(document: Any) -> DeniedAttempts:
    fields = read_fields(document.fields)
    return DeniedAttempts(
        by=fields["by"],
        role=fields["role"],
        action=fields["action"],
        targets=tuple(fields["targets"]),
        count=fields["count"],
        first_at=fields["firstAt"],
        last_at=fields["lastAt"],
    )
