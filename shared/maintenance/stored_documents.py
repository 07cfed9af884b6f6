"""Iteration over stored documents, one page of a query at a time."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from shared.gcp.firestore.query import FirestoreQueries, Op, Selection
from shared.gcp.firestore.values import read_fields
from shared.privacy.customer_keys import CUSTOMER_KEYS, encrypt_customers_with_all_keys
from shared.privacy.encryption import Cipher

ENCRYPTED_COLLECTIONS = ("orders", "processed_messages", "failed_messages", "edits", "pages")
"""Names of the collections and subcollections with ciphertext in their documents."""

SUBCOLLECTIONS = ("edits",)
"""Collections below another document, searched under all of them at once."""

PAGE_SIZE = 20
"""Documents held in memory at once; a chunk has almost a megabyte."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as it was read: its path within the database, its fields, and its update time."""

    path: str
    fields: dict[str, Any]
    version: object

    @property
    def collection(self) -> str:
        """Return the name of its collection."""
        return self.path.rsplit("/", 2)[-2]


def iter_collection(queries: FirestoreQueries, collection: str) -> AsyncIterator[StoredDocument]:
    """Yield every document of all collections of a name. Raises StoreUnavailable."""
    return iter_documents(queries, Selection(collection=collection, collection_group=True))


def iter_subcollection(
    queries: FirestoreQueries, collection: str, path: str
) -> AsyncIterator[StoredDocument]:
    """Yield every document of the subcollection of the document at a path. Raises StoreUnavailable."""
    return iter_documents(queries, Selection(collection=collection), under=path)


async def iter_documents(
    queries: FirestoreQueries, selection: Selection, *, under: str = ""
) -> AsyncIterator[StoredDocument]:
    """Yield the documents of a selection. Raises StoreUnavailable."""
    cursor = None
    while True:
        documents, cursor = await queries.page(selection, PAGE_SIZE, cursor, under=under)
        for each in documents:
            yield to_document(each)
        if cursor is None:
            return


def to_document(document: Any) -> StoredDocument:
    """Convert a protobuf Document."""
    path = document.name.split("/documents/", 1)[1]
    return StoredDocument(path, read_fields(document.fields), document.update_time)


def customer_selection(collection: str, customers: Iterable[str], cipher: Cipher) -> Selection:
    """Select a collection's documents about any of the customers, whichever key encrypted them."""
    keys = encrypt_customers_with_all_keys(collection, customers, cipher)
    where = ((CUSTOMER_KEYS, Op.CONTAINS_ANY, keys),)
    return Selection(collection=collection, where=where, collection_group=collection in SUBCOLLECTIONS)
