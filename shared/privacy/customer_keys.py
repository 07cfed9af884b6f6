"""What a customer's documents are found by: `customerKeys`, wherever something of theirs is sealed.

A list of whom the document speaks of, each encrypted so that equal ones are equal within a collection. One
field for all that is personal, so that what is newly declared personal needs no index of its own.
"""

from collections.abc import Iterable

from shared.privacy.encryption import Cipher

FIELD = "customerKeys"


def customer_keys(path: str, named: Iterable[str | None], cipher: Cipher) -> list[bytes]:
    """Encrypt whom the document at a path speaks of, for its field."""
    place = key_place(path.rsplit("/", 2)[-2])
    return [cipher.lookup(each, place) for each in dict.fromkeys(named) if each]


def key_place(collection: str) -> str:
    """Name the place for which a collection's keys are encrypted."""
    return f"{collection}#{FIELD}"
