"""What a customer's documents are found by: `customerKeys`, wherever something of theirs is sealed.

A list of whom the document speaks of, each encrypted so that equal ones are equal within a collection. One
field for all that is personal, so that what is newly declared personal needs no index of its own.
"""

from collections.abc import Iterable

from shared.adapters.cipher import Cipher
from shared.adapters.firestore.query import Op, Selection

FIELD = "customerKeys"
COLLECTIONS = ("orders", "processed_messages", "failed_messages", "edits")
"""Collections whose documents have the field; the last is one below each failed message."""

NESTED = ("edits",)


def customer_keys(path: str, named: Iterable[str | None], cipher: Cipher) -> list[bytes]:
    """Encrypt whom the document at a path speaks of, for its field."""
    place = _place(path.rsplit("/", 2)[-2])
    return [cipher.lookup(each, place) for each in dict.fromkeys(named) if each]


def speaking_of(collection: str, named: Iterable[str], cipher: Cipher) -> Selection:
    """Select a collection's documents that speak of anybody named, whichever live key has sealed them."""
    sealed = [each for one in named for each in cipher.lookups(one, _place(collection))]
    anywhere = collection in NESTED
    return Selection(collection=collection, where=((FIELD, Op.CONTAINS_ANY, sealed),), anywhere=anywhere)


def _place(collection: str) -> str:
    return f"{collection}#{FIELD}"
