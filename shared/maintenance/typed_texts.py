"""Texts that people typed in the console: reasons, owners, notes, tickets. They may name any customer.

They are stored as they were typed, so an erasure searches all of them. It replaces a whole text, because the
words around a customer id may be personal, too. Who did what when stays.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from shared.gcp.firestore.query import FirestoreQueries, Selection
from shared.maintenance.mentions import mentions
from shared.maintenance.stored_documents import StoredDocument, iter_documents

ERASED_TEXT = "erased"

FIELDS = {
    "failed_messages": ("history",),
    "audit_log": ("action", "detail"),
    "replay_runs": ("reason",),
    "failure_groups": ("owner", "note", "ticket"),
}
"""What is read of each collection with typed texts. The console wrote all other texts of these documents."""

TYPED_ACTIONS = ("discarded", "reopened", "handed_over")
"""Actions with a `detail` that a person typed."""


async def iter_typed(queries: FirestoreQueries) -> AsyncIterator[StoredDocument]:
    """Yield every document that may hold a typed text, without its other fields. Raises StoreUnavailable."""
    for collection, fields in FIELDS.items():
        async for each in iter_documents(queries, Selection(collection=collection, fields=fields)):
            yield each


def erased_texts(document: StoredDocument, customer: str) -> dict[str, Any]:
    """Return the fields that change where the typed texts that name a customer are erased."""
    erased = _erase_fields(document.collection, document.fields, customer)
    return {name: value for name, value in erased.items() if value != document.fields[name]}


def _erase_fields(collection: str, fields: Mapping[str, Any], customer: str) -> dict[str, Any]:
    if collection == "failed_messages":
        return {"history": tuple(_erase_detail(each, customer) for each in fields.get("history", ()))}
    if collection == "audit_log":
        return _erase_detail(fields, customer)
    return {name: _erase_text(text, customer) for name, text in fields.items()}


def _erase_detail(entry: Mapping[str, Any], customer: str) -> dict[str, Any]:
    """Erase the detail of an entry of a history or of the audit log, if a person typed it."""
    if entry["action"] not in TYPED_ACTIONS or "detail" not in entry:
        return {**entry}
    return {**entry, "detail": _erase_text(entry["detail"], customer)}


def _erase_text(text: str, customer: str) -> str:
    return ERASED_TEXT if mentions(text.encode(), customer) else text
