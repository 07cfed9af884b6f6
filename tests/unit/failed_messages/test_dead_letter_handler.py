"""Dead letters of both kinds are kept whole, with the reason they failed."""

import json
from typing import Any

import pytest

from shared.consumer.idempotency import DeliveryFailure, delivery_fingerprint
from shared.contracts.dead_letter import FailureReason, function_dead_letter
from shared.contracts.envelope import Envelope
from shared.errors import Outcome, StoreUnavailable, UnknownSubscription
from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.failed_messages.dead_letter_handler import DeadLetterHandler
from tests.fakes.failures import MemoryDeliveryFailures, MemoryFailedMessages, MemoryReports
from tests.messages import ATTRIBUTES, PUBLISHED, order
from tests.unit.consumer.processors import NOW, envelope

CAUSE = FailureReason(
    error_type="rejected", slug="order.totals_mismatch", detail="totals.total: must equal the sum"
)
FORWARDED = {
    **ATTRIBUTES,
    "CloudPubSubDeadLetterSourceSubscription": "order-create-sub",
    "CloudPubSubDeadLetterSourceSubscriptionProject": "p",
    "CloudPubSubDeadLetterSourceDeliveryCount": "5",
    "CloudPubSubDeadLetterSourceTopicPublishTime": PUBLISHED,
}


class Handling:
    """The dead-letter process with what it reads and writes."""

    def __init__(self) -> None:
        self.failures = MemoryDeliveryFailures()
        self.failed_messages = MemoryFailedMessages()
        self.reports = MemoryReports()
        self.handler = DeadLetterHandler(
            topics={"order-create-dlq-sub": "order-create-dlq"},
            failures=self.failures,
            store=self.failed_messages,
            reports=self.reports,
            clock=lambda: NOW,
        )

    async def process(self, letter: Envelope) -> Outcome:
        return await self.handler.process(letter)

    @property
    def kept(self) -> StoredDeadLetter:
        (kept,) = self.failed_messages.stored.values()
        return kept


@pytest.fixture
def handling() -> Handling:
    """Return an empty one."""
    return Handling()


def forwarded(**delivery: Any) -> Envelope:
    """Return a dead letter as Pub/Sub forwards it: published again, with a new id and time."""
    republished = {"message_id": "9", "published": "2024-01-10T10:01:00Z", "attempt": None}
    return envelope(
        order(),
        **{"subscription": "order-create-dlq-sub", "attributes": FORWARDED, **republished, **delivery},
    )


def given_up_by_function() -> Envelope:
    """Return the dead letter that the function itself writes, as it arrives."""
    letter = function_dead_letter(
        envelope(order(), attempt=2),
        CAUSE,
        dead_letter_topic="order-create-dlq",
        original_topic="order-create",
    )
    return forwarded(attributes=letter.attributes)


def recorded(attempts: int = 5) -> DeliveryFailure:
    """Return what the consumer wrote down when the message failed."""
    original = envelope(order())
    fingerprint = delivery_fingerprint(original.subscription, original.publish_time, original.data)
    return DeliveryFailure(fingerprint=fingerprint, failure_reason=CAUSE, attempts=attempts, at=NOW)


async def test_a_forwarded_message_is_joined_with_its_last_failure(handling: Handling) -> None:
    """Pub/Sub does not say why a message was given up; what its consumer wrote down does."""
    await handling.failures.record(recorded())

    assert await handling.process(forwarded()) is Outcome.PROCESSED

    kept = handling.kept
    assert (kept.fingerprint, kept.failure_reason, kept.attempts, kept.received_at) == (
        recorded().fingerprint,
        CAUSE,
        5,
        NOW,
    )


async def test_a_message_is_kept_as_it_was_published(handling: Handling) -> None:
    """Payload, ordering key, attributes, topic and time are the original's; bookkeeping is left out."""
    await handling.process(forwarded())

    letter, original = handling.kept.dead_letter, envelope(order())
    assert (letter.data, letter.ordering_key, letter.attributes, letter.publish_time) == (
        original.data,
        original.ordering_key,
        original.attributes,
        original.publish_time,
    )
    assert (letter.topic, letter.subscription) == ("order-create", "order-create-sub")


async def test_a_message_given_up_by_its_function_tells_its_cause(handling: Handling) -> None:
    """A function's own dead letter needs no note, and is the same failed message as a forwarded one."""
    await handling.process(given_up_by_function())

    assert (handling.kept.failure_reason, handling.kept.attempts) == (CAUSE, 2)
    assert handling.kept.dead_letter.attributes == ATTRIBUTES
    assert await handling.process(forwarded()) is Outcome.DUPLICATE


async def test_a_message_nobody_answered_for_is_kept_without_a_cause(handling: Handling) -> None:
    """Where the consumer crashed and wrote nothing down, the message is kept and says so."""
    await handling.process(forwarded())

    assert handling.kept.failure_reason == FailureReason(error_type="not_recorded", slug="not_recorded")


async def test_the_same_dead_letter_twice_is_kept_once(handling: Handling) -> None:
    """A redelivered dead letter is acknowledged as a duplicate and replaces nothing."""
    await handling.process(forwarded())
    first = handling.kept

    assert await handling.process(forwarded(message_id="10")) is Outcome.DUPLICATE

    assert handling.kept is first


@pytest.mark.parametrize("unavailable", ["failures", "failed_messages"])
async def test_what_cannot_be_stored_is_not_acknowledged(handling: Handling, unavailable: str) -> None:
    """Where the store does not answer, the dead letter comes again, and nothing half is kept."""
    getattr(handling, unavailable).available = False

    with pytest.raises(StoreUnavailable):
        await handling.process(forwarded())

    assert handling.failed_messages.stored == {}


async def test_an_unknown_subscription_is_refused(handling: Handling) -> None:
    """A push of a subscription that is not this function's is rejected."""
    with pytest.raises(UnknownSubscription):
        await handling.process(forwarded(subscription="other-dlq-sub"))


@pytest.mark.parametrize("data", [b"", b"\x00\xff no text", json.dumps([1]).encode()], ids=repr)
async def test_any_payload_is_kept(handling: Handling, data: bytes) -> None:
    """A payload that is no JSON, no text or nothing at all is kept byte for byte."""
    letter = envelope(data, subscription="order-create-dlq-sub", attributes={})

    assert await handling.process(letter) is Outcome.PROCESSED

    assert handling.kept.dead_letter.data == data
    assert handling.kept.dead_letter.topic == "order-create"


async def test_unreadable_bookkeeping_does_not_stop_a_dead_letter(handling: Handling) -> None:
    """A delivery count or publish time that is no such thing is left out, and the message kept."""
    broken = {
        **FORWARDED,
        "CloudPubSubDeadLetterSourceDeliveryCount": "many",
        "CloudPubSubDeadLetterSourceTopicPublishTime": "yesterday",
    }

    assert await handling.process(forwarded(attributes=broken)) is Outcome.PROCESSED

    assert handling.kept.attempts == 0
