"""The search for documents that speak of a customer: by their keys, without reading any other."""

from collections.abc import Iterable

from shared.gcp.firestore.query import Op, Selection
from shared.privacy.customer_keys import FIELD, key_place
from shared.privacy.encryption import Cipher

COLLECTIONS = ("orders", "processed_messages", "failed_messages", "edits")
"""Whose documents have the field."""

NESTED = ("edits",)
"""Collections below documents of another, searched all at once."""


def speaking_of(collection: str, named: Iterable[str], cipher: Cipher) -> Selection:
    """Select a collection's documents that speak of anybody named, whichever live key has sealed them."""
    sealed = [each for one in named for each in cipher.lookups(one, key_place(collection))]
    where = ((FIELD, Op.CONTAINS_ANY, sealed),)
    return Selection(collection=collection, where=where, anywhere=collection in NESTED)
