"""`customerKeys`: the encrypted customer ids by which a query finds a customer's documents.

Each value is encrypted deterministically, so equal ids are equal within a collection. One field covers all
personal values of a document: a field that is newly declared personal needs no index of its own.
"""

from collections.abc import Iterable

from shared.contracts.field_types import normalize_text
from shared.privacy.encryption import Cipher

CUSTOMER_KEYS = "customerKeys"

CUSTOMER_COLLECTIONS = ("orders", "processed_messages", "failed_messages", "edits")
"""Collections of documents with the field."""


def encrypt_customers(path: str, customers: Iterable[str | None], cipher: Cipher) -> tuple[bytes, ...]:
    """Encrypt the customers of the document at a path; None is skipped and repeats are dropped."""
    associated_data = _associated_data(path.rsplit("/", 2)[-2])
    return tuple([cipher.encrypt_lookup(each, associated_data) for each in dict.fromkeys(customers) if each])


def encrypt_customers_with_all_keys(collection: str, customers: Iterable[str], cipher: Cipher) -> list[bytes]:
    """Encrypt customers with every key of the keyset, to search a collection during a rotation.

    Each is searched as the contracts write it, and as given: an earlier release did not normalize the
    customers of failed messages.
    """
    associated_data = _associated_data(collection)
    spellings = dict.fromkeys(text for each in customers for text in (normalize_text(each), each))
    return [key for each in spellings for key in cipher.encrypt_lookup_with_all_keys(each, associated_data)]


def _associated_data(collection: str) -> str:
    return f"{collection}#{CUSTOMER_KEYS}"
