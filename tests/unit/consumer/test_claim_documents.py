"""A claim is stored with its outbox, and read as it was written."""

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.consumer.claim_documents import claim_path, from_fields, to_fields
from shared.consumer.idempotency import CLAIM_RETENTION, Claim
from shared.contracts.outgoing import OutgoingMessage
from shared.privacy.customer_keys import encrypt_customers
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import new_keyset

CIPHER = Cipher(new_keyset())
AT = datetime(2024, 1, 10, 10, tzinfo=UTC)


def message(number: int, customer: str = "CUST-1") -> OutgoingMessage:
    """Make an event of a customer; its JSON is not the shortest, and stays as it is."""
    return OutgoingMessage(
        topic="order-events",
        ordering_key=customer,
        attributes={"eventId": f"E-{number}", "eventType": "order.created"},
        data=b'{"customerId": "%s",  "number": 1.50}' % customer.encode(),
    )


def claim_of(*outbox: OutgoingMessage, published_at: datetime | None = None) -> Claim:
    """Make a claim with an outbox."""
    return Claim(
        scope="order_create",
        key="QC-1",
        fingerprint="f" * 32,
        message_id="1001",
        outbox=outbox,
        processed_at=AT,
        published_at=published_at,
    )


def stored(claim: Claim) -> tuple[dict[str, Any], bytes]:
    """Store a claim; return its fields and its decrypted outbox."""
    fields, chunked = to_fields(claim, CIPHER)
    assert chunked.chunks == ()
    return fields, zlib.decompress(CIPHER.decrypt(fields["events"]["inline"], claim_path(claim.id)))


@pytest.mark.parametrize("published_at", [None, AT + timedelta(seconds=1)])
def test_a_claim_is_read_as_it_was_written(published_at: datetime | None) -> None:
    """Every event is published again with the bytes, attributes and key it was decided with."""
    claim = claim_of(message(1), message(2, "CUST-2"), published_at=published_at)

    assert from_fields(*stored(claim)) == claim


def test_a_claim_is_found_by_its_customers_and_expires() -> None:
    """An erasure finds it by encrypted customer ids, each once; the names are those of every stored claim."""
    claim = claim_of(message(1), message(2), message(3, "CUST-2"))

    fields, _ = stored(claim)

    assert {name: value for name, value in fields.items() if name != "events"} == {
        "scope": "order_create",
        "key": "QC-1",
        "fingerprint": "f" * 32,
        "messageId": "1001",
        "eventIds": ["E-1", "E-2", "E-3"],
        "customerKeys": encrypt_customers(claim_path(claim.id), ["CUST-1", "CUST-2"], CIPHER),
        "sentAt": None,
        "processedAt": AT,
        "expireAt": AT + CLAIM_RETENTION,
    }
    assert "CUST" not in repr(fields)
