"""Every document that holds something sealed, wherever it is kept, a page at a time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from shared.adapters.firestore.query import FirestoreQueries, Selection
from shared.adapters.firestore.values import read_fields

SEALING = ("orders", "processed_messages", "failed_messages", "edits", "pages")
"""Names of the collections whose documents hold ciphertext, subcollections among them."""

AT_A_TIME = 20
"""Documents held at once: a page has almost a megabyte."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document as it was read: its path within the database, its fields, and its version."""

    path: str
    fields: dict[str, Any]
    version: object


async def walk(queries: FirestoreQueries, collection: str) -> AsyncIterator[Found]:
    """Yield every document of the collections of a name. Raises StoreUnavailable."""
    cursor = None
    while True:
        selection = Selection(collection=collection, anywhere=True)
        documents, cursor = await queries.page(selection, AT_A_TIME, cursor)
        for each in documents:
            path = each.name.split("/documents/", 1)[1]
            yield Found(path, read_fields(each.fields), each.update_time)
        if cursor is None:
            return
