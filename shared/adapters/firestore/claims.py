"""Claims as documents: `processed_messages/{hash(scope, key)}`, their events sealed."""

from typing import Any

from pydantic_core import from_json, to_json

from shared.adapters.cipher import Cipher
from shared.adapters.firestore import customer_keys
from shared.adapters.firestore.pages import Paged, paged
from shared.idempotency import Claim
from shared.messages.outgoing import OutgoingMessage


def claim_path(claim: str) -> str:
    """Name a claim's document."""
    return f"processed_messages/{claim}"


def to_fields(claim: Claim, cipher: Cipher) -> tuple[dict[str, Any], Paged]:
    """Restate a claim as a document's fields, and the pages to write before it."""
    path = claim_path(claim.id)
    events = paged(path, to_json([_event(each) for each in claim.events]), cipher)
    fields = {
        "scope": claim.scope,
        "key": claim.key,
        "fingerprint": claim.fingerprint,
        "messageId": claim.message_id,
        "eventIds": [each.attributes["eventId"] for each in claim.events],
        "events": events.fields,
        customer_keys.FIELD: customer_keys.customer_keys(
            path, [each.ordering_key for each in claim.events], cipher
        ),
        "sentAt": claim.sent_at,
        "processedAt": claim.processed_at,
        "expireAt": claim.expire_at,
    }
    return fields, events


def from_fields(fields: dict[str, Any], events: bytes) -> Claim:
    """Restore a claim from its document's fields and its events."""
    return Claim(
        scope=fields["scope"],
        key=fields["key"],
        fingerprint=fields["fingerprint"],
        message_id=fields["messageId"],
        # Not the values: the parser's cache outlives the message, and they are another's next time.
        events=tuple(_message(each) for each in from_json(events, cache_strings="keys")),
        processed_at=fields["processedAt"],
        sent_at=fields["sentAt"],
    )


def _event(message: OutgoingMessage) -> dict[str, Any]:
    return {
        "topic": message.topic,
        "orderingKey": message.ordering_key,
        "attributes": message.attributes,
        "data": message.data.decode(),
    }


def _message(stored: dict[str, Any]) -> OutgoingMessage:
    return OutgoingMessage(
        topic=stored["topic"],
        ordering_key=stored["orderingKey"],
        attributes=stored["attributes"],
        data=stored["data"].encode(),
    )
