"""Documents that hold something sealed: all of them wherever they are kept, or some; a page at a time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from shared.gcp.firestore.query import FirestoreQueries, Selection
from shared.gcp.firestore.values import read_fields

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

    @property
    def collection(self) -> str:
        """Name the collection it is in."""
        return self.path.rsplit("/", 2)[-2]


def walk(queries: FirestoreQueries, collection: str) -> AsyncIterator[Found]:
    """Yield every document of the collections of a name. Raises StoreUnavailable."""
    return found(queries, Selection(collection=collection, anywhere=True))


def below(queries: FirestoreQueries, collection: str, path: str) -> AsyncIterator[Found]:
    """Yield every document of a document's subcollection. Raises StoreUnavailable."""
    return found(queries, Selection(collection=collection), under=path)


async def found(queries: FirestoreQueries, selection: Selection, *, under: str = "") -> AsyncIterator[Found]:
    """Yield the documents of a selection. Raises StoreUnavailable."""
    cursor = None
    while True:
        documents, cursor = await queries.page(selection, AT_A_TIME, cursor, under=under)
        for each in documents:
            yield as_found(each)
        if cursor is None:
            return


def as_found(document: Any) -> Found:
    """Read a document."""
    path = document.name.split("/documents/", 1)[1]
    return Found(path, read_fields(document.fields), document.update_time)
