"""Claims as documents: `processed_messages/{hash(scope, key)}`, with an encrypted outbox."""

from typing import Any

import msgspec

from shared.consumer.idempotency import Claim
from shared.contracts.outgoing import OutgoingMessage
from shared.gcp.firestore.chunks import Chunked, chunk_data
from shared.privacy.customer_keys import CUSTOMER_KEYS, encrypt_customers
from shared.privacy.encryption import Cipher


def claim_path(claim: str) -> str:
    """Return the path of a claim's document."""
    return f"processed_messages/{claim}"


def to_fields(claim: Claim, cipher: Cipher) -> tuple[dict[str, Any], Chunked]:
    """Return a claim as a document's fields, and the chunks to write before it.

    The stored names `events` and `sentAt` are older than the words outbox and published.
    """
    path = claim_path(claim.id)
    outbox = chunk_data(path, msgspec.json.encode([_event(each) for each in claim.outbox]), cipher)
    fields = {
        "scope": claim.scope,
        "key": claim.key,
        "fingerprint": claim.fingerprint,
        "messageId": claim.message_id,
        "eventIds": [each.attributes["eventId"] for each in claim.outbox],
        "events": outbox.fields,
        CUSTOMER_KEYS: encrypt_customers(path, [each.ordering_key for each in claim.outbox], cipher),
        "sentAt": claim.published_at,
        "processedAt": claim.processed_at,
        "expireAt": claim.expire_at,
    }
    return fields, outbox


def from_fields(fields: dict[str, Any], outbox: bytes) -> Claim:
    """Restore a claim from its document's fields and its decrypted outbox."""
    return Claim(
        scope=fields["scope"],
        key=fields["key"],
        fingerprint=fields["fingerprint"],
        message_id=fields["messageId"],
        outbox=tuple(_message(each) for each in _DECODER.decode(outbox)),
        processed_at=fields["processedAt"],
        published_at=fields["sentAt"],
    )


class _Event(msgspec.Struct, rename="camel"):
    """An outgoing message in an outbox; its data is embedded as the JSON that it is."""

    topic: str
    ordering_key: str
    attributes: dict[str, str]
    data: msgspec.Raw


_DECODER = msgspec.json.Decoder(list[_Event])


def _event(message: OutgoingMessage) -> _Event:
    return _Event(
        topic=message.topic,
        ordering_key=message.ordering_key,
        attributes=dict(message.attributes),
        data=msgspec.Raw(message.data),
    )


def _message(stored: _Event) -> OutgoingMessage:
    return OutgoingMessage(
        topic=stored.topic,
        ordering_key=stored.ordering_key,
        attributes=stored.attributes,
        data=bytes(stored.data),
    )
