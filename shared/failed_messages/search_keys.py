"""`searchKeys`: digests of the business ids in a message, by which a search finds it.

Messages that an earlier release stored have none. They are found by order and customer.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.digest import digest

SEARCH_KEYS = "searchKeys"

ID_FIELDS = (
    *("shipmentId", "trackingNumber", "paymentId", "authorizationId", "captureId", "refundId"),
    *("reservationId", "updateId"),
)
"""Fields of the contracts with a business id, beside the order's."""

ID_ATTRIBUTES = ("correlationId", "eventId")
MAX_ID_LENGTH = 512


def derive_search_keys(
    payload: Mapping[str, Any], attributes: Mapping[str, str], message_ids: Iterable[str | None]
) -> tuple[str, ...]:
    """Derive the search keys of all ids: at the top of the payload, in attributes, and `message_ids`.

    `message_ids` are Pub/Sub's ids of the dead letter and, where it is known, of the producer's message.
    """
    named = [payload.get(name) for name in ID_FIELDS] + [attributes.get(name) for name in ID_ATTRIBUTES]
    ids = [
        each for each in (*named, *message_ids) if isinstance(each, str) and 0 < len(each) <= MAX_ID_LENGTH
    ]
    return tuple(dict.fromkeys(derive_search_key(each) for each in ids))


def derive_search_key(identifier: str) -> str:
    """Derive the key by which an id is searched."""
    return digest("search", identifier)
