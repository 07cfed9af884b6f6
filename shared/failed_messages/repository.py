"""Cases: failed messages as they are reviewed, each in the document of its message."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.failed_messages.documents import LISTED, case_fields, order_key, read_case
from shared.failed_messages.model import Case, CaseStatus
from shared.failed_messages.paging import PAGE_SIZE, Page
from shared.failed_messages.records import document_id
from shared.gcp.firestore.query import Condition, FirestoreQueries, Op, Selection
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import update_fields_if

COLLECTION = "failed_messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases; every field that is given must match."""

    status: CaseStatus | None = None
    group_id: str | None = None
    subscription: str | None = None
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class Versioned:
    """A case as it was when it was read."""

    case: Case
    version: object


class Cases:
    """Read, list, count and change cases."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries) -> None:
        """Use Firestore's calls and queries; a case holds nothing personal."""
        self._rpc = rpc
        self._queries = queries

    async def find(self, case_id: str) -> Versioned | None:
        """Read a case with its history. Raises StoreUnavailable."""
        path = f"{COLLECTION}/{case_id}"
        document = (await self._rpc.get([path])).get(path)
        if document is None:
            return None
        return Versioned(read_case(case_id, read_fields(document.fields)), document.update_time)

    async def amend(self, case: Case, version: object) -> None:
        """Write a case over exactly the version that was read.

        Raises LostRace where it moved on, StoreUnavailable.
        """
        name = self._rpc.name(f"{COLLECTION}/{case.id}")
        await self._rpc.commit([update_fields_if(name, case_fields(case), version)])

    async def page(self, wanted: CaseFilter, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[Case]:
        """List cases without their history, the one that failed last first.

        Raises BadCursor, StoreUnavailable.
        """
        return await self._page(_selection(wanted, "lastFailedAt", descending=True), cursor, limit)

    async def unfinished(
        self, group_id: str, cursor: str | None = None, limit: int = PAGE_SIZE
    ) -> Page[Case]:
        """List the open and replaying cases of a group, in the order of first publication.

        Raises BadCursor, StoreUnavailable.
        """
        statuses = [CaseStatus.OPEN.value, CaseStatus.REPLAYING.value]
        where = (("groupId", Op.EQUAL, group_id), ("status", Op.IN, statuses))
        return await self._page(_listed(where, "publishTime"), cursor, limit)

    async def due_retries(self, now: datetime, limit: int) -> tuple[Case, ...]:
        """Find open cases whose second-level retry is due, the longest due first."""
        due: tuple[Condition, ...] = (
            ("status", Op.EQUAL, CaseStatus.OPEN.value),
            ("retryAt", Op.AT_MOST, now),
        )
        return (await self._page(_listed(due, "retryAt"), None, limit)).items

    async def count(self, wanted: CaseFilter) -> int:
        """Count cases on the server. Raises StoreUnavailable."""
        return await self._queries.count(Selection(collection=COLLECTION, where=_conditions(wanted)))

    async def count_failed(self, group_id: str, since: datetime, until: datetime) -> int:
        """Count the cases of a group that failed last within a time. Raises StoreUnavailable."""
        where: tuple[Condition, ...] = (
            ("groupId", Op.EQUAL, group_id),
            ("lastFailedAt", Op.AT_LEAST, since),
            ("lastFailedAt", Op.BELOW, until),
        )
        return await self._queries.count(Selection(collection=COLLECTION, where=where))

    async def _page(self, selection: Selection, cursor: str | None, limit: int) -> Page[Case]:
        documents, following = await self._queries.page(selection, limit, cursor)
        return Page(tuple(_case(each) for each in documents), following)


def _case(document: Any) -> Case:
    return read_case(document_id(document), read_fields(document.fields))


def _selection(wanted: CaseFilter, order: str, *, descending: bool = False) -> Selection:
    return _listed(_conditions(wanted), order, descending=descending)


def _listed(where: tuple[Condition, ...], order: str, *, descending: bool = False) -> Selection:
    return Selection(collection=COLLECTION, where=where, order=(order,), descending=descending, fields=LISTED)


def _conditions(wanted: CaseFilter) -> tuple[Condition, ...]:
    asked = {
        "status": wanted.status.value if wanted.status else None,
        "groupId": wanted.group_id,
        "originalSubscription": wanted.subscription,
        "orderKey": order_key(wanted.order_id) if wanted.order_id else None,
    }
    return tuple((name, Op.EQUAL, value) for name, value in asked.items() if value is not None)
