"""Searches for a customer, for the audit log: who searched when, and how much was found.

Stored as `customer_searches/{id}` for a year. A record does not name the customer, so that an erasure of the
customer leaves nothing behind.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.failed_messages.audit_log import audit_write, new_record
from shared.failed_messages.documents import document_id, read_page
from shared.failed_messages.model import PAGE_SIZE, Page
from shared.gcp.firestore.query import FirestoreQueries, Selection
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import create

COLLECTION = "customer_searches"
SEARCH_RETENTION = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSearch:
    """One search that found a customer."""

    id: str
    by: str
    at: datetime
    orders: int
    messages: int


class CustomerSearches:
    """Record and list searches; every method raises StoreUnavailable."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries) -> None:
        """Use Firestore's calls and queries."""
        self._rpc = rpc
        self._queries = queries

    async def record(self, search: CustomerSearch) -> None:
        """Store a search."""
        fields = {
            "by": search.by,
            "at": search.at,
            "orders": search.orders,
            "messages": search.messages,
            "expireAt": search.at + SEARCH_RETENTION,
        }
        record = new_record(
            at=search.at,
            by=search.by,
            action="searched",
            kind="customer",
            target=search.id,
            detail=f"{search.orders} orders, {search.messages} failed messages",
        )
        write = create(self._rpc.name(f"{COLLECTION}/{search.id}"), fields)
        await self._rpc.commit([write, audit_write(self._rpc, record)])

    async def page(self, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[CustomerSearch]:
        """List searches, the newest first. Raises InvalidCursor."""
        listed = Selection(collection=COLLECTION, order=("at",), descending=True)
        documents, following = await read_page(self._queries, listed, limit, cursor)
        return Page(tuple(_read(each) for each in documents), following)


def _read(document: Any) -> CustomerSearch:
    fields = read_fields(document.fields)
    return CustomerSearch(
        id=document_id(document),
        by=fields["by"],
        at=fields["at"],
        orders=fields["orders"],
        messages=fields["messages"],
    )
