"""How records about failed messages are stored as documents.

Records keep their fields in camelCase. A failed message's failure reason is stored flat, so that it can
be queried. Its payload, attributes and ordering key are one encrypted part.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from pydantic_core import from_json, to_json

from shared.consumer.delivery_failures import failure_reason_fields, read_failure_reason
from shared.contracts.dead_letter import DeadLetter
from shared.digest import digest
from shared.domain.value import Value
from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.failed_messages.errors import InvalidCursor
from shared.failed_messages.model import FailedMessage
from shared.gcp.firestore.query import BadCursor, FirestoreQueries, Selection
from shared.gcp.firestore.values import NATIVE_TYPES
from shared.privacy.customer_keys import CUSTOMER_KEYS

Record = TypeVar("Record", bound=Value)

LISTED_FIELDS = (
    *("originalTopic", "originalSubscription", "publishTime", "attributes", "payloadBytes", "orderId"),
    *("critical", "deliveryAttempts", "receivedAt", "lastFailedAt", "status"),
    *("errorType", "failureReason", "failureDetail"),
    *("deadLettered", "replays", "attempt", "outcome", "closedAt", "retries", "retryAt", "editedFrom"),
    *("groupId", "messageId", "noticeDue", "deferredAt", CUSTOMER_KEYS),
)
"""What a list reads: neither payload nor history, which may be large."""


def to_fields(record: Value) -> dict[str, Any]:
    """Write a record as the fields of its document, without the id."""
    fields: dict[str, Any] = msgspec.to_builtins(record, builtin_types=NATIVE_TYPES)
    fields.pop("id")
    return fields


def from_fields(kind: type[Record], identifier: str, fields: Mapping[str, Any]) -> Record:
    """Read a record; a field that an older document lacks has its default."""
    return msgspec.convert({**fields, "id": identifier}, kind)


def document_id(document: Any) -> str:
    """Return the last part of a document's full name."""
    return str(document.name).rsplit("/", 1)[-1]


async def read_page(
    queries: FirestoreQueries, selection: Selection, limit: int, cursor: str | None
) -> tuple[list[Any], str | None]:
    """Read one page of documents and the next cursor. Raises InvalidCursor, StoreUnavailable."""
    try:
        return await queries.page(selection, limit, cursor)
    except BadCursor as error:
        raise InvalidCursor(str(error)) from None


def order_key(order_id: str) -> str:
    """Derive the indexed key of an order id: sequential ids would limit the index to 500 writes a second."""
    return digest(order_id)


def message_fields(message: FailedMessage) -> dict[str, Any]:
    """Write a failed message as fields of its document.

    The customer keys stay as they were stored: those of the record lack UNKNOWN_SUBJECT.
    """
    fields = to_fields(message)
    fields.pop("failureReason")
    fields.pop(CUSTOMER_KEYS)
    return {
        **fields,
        **failure_reason_fields(message.failure_reason),
        "groupId": message.group_id,
        "orderKey": order_key(message.order_id) if message.order_id else None,
    }


def read_message(identifier: str, fields: Mapping[str, Any]) -> FailedMessage:
    """Read a failed message from its document; the history is empty in a list."""
    return from_fields(FailedMessage, identifier, {**fields, "failureReason": read_failure_reason(fields)})


def serialize_sensitive_part(dead_letter: DeadLetter) -> bytes:
    """Write everything of a dead letter that may be personal, to be encrypted."""
    header = {"attributes": dead_letter.attributes, "orderingKey": dead_letter.ordering_key}
    return to_json(header) + b"\n" + dead_letter.data


def parse_sensitive_part(decrypted: bytes) -> tuple[dict[str, Any], bytes]:
    """Split a decrypted part into its header (`attributes`, `orderingKey`) and the payload."""
    header, _, data = decrypted.partition(b"\n")
    return from_json(header, cache_strings="keys"), data


def read_dead_letter(fingerprint: str, fields: Mapping[str, Any], decrypted: bytes) -> StoredDeadLetter:
    """Read a stored dead letter from its document and its decrypted part."""
    (header, data), reason = parse_sensitive_part(decrypted), read_failure_reason(fields)
    dead_letter = DeadLetter(
        topic=fields["originalTopic"],
        subscription=fields["originalSubscription"],
        publish_time=fields["publishTime"],
        attributes=header["attributes"],
        ordering_key=header["orderingKey"],
        data=data,
        delivery_attempts=fields["deliveryAttempts"],
        failure_reason=reason,
    )
    return StoredDeadLetter(
        fingerprint=fingerprint,
        dead_letter=dead_letter,
        failure_reason=reason,
        attempts=fields["deliveryAttempts"],
        received_at=fields["receivedAt"],
        order_id=fields["orderId"],
        critical=fields["critical"],
        dead_letter_id=fields["deadLetters"][0],
        dead_lettered_at=fields["givenUpAt"],
    )
