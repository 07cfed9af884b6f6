"""Dead letters of both kinds are kept whole, with the reason they failed."""

import json
from typing import Any

import pytest

from shared.consumer.idempotency import DeliveryFailure, delivery_fingerprint
from shared.contracts.dead_letter import FailureReason, function_dead_letter
from shared.contracts.envelope import Envelope
from shared.errors import Outcome, StoreUnavailable, UnknownSubscription
from shared.failed_messages.dead_letter_handler import DeadLetters
from shared.failed_messages.stored_dead_letter import FailedMessage
from tests.fakes.failures import MemoryDeliveryFailures, MemoryFailedMessages, MemoryRegister, MemoryReports
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


class Morgue:
    """The dead-letter process with what it reads and writes."""

    def __init__(self) -> None:
        self.failures = MemoryDeliveryFailures()
        self.failed_messages = MemoryFailedMessages()
        self.register = MemoryRegister()
        self.reports = MemoryReports()
        self.dead_letters = DeadLetters(
            topics={"order-create-dlq-sub": "order-create-dlq"},
            failures=self.failures,
            failed_messages=self.failed_messages,
            register=self.register,
            reports=self.reports,
            clock=lambda: NOW,
        )

    async def process(self, letter: Envelope) -> Outcome:
        return await self.dead_letters.process(letter)

    @property
    def kept(self) -> FailedMessage:
        (kept,) = self.failed_messages.kept.values()
        return kept


@pytest.fixture
def morgue() -> Morgue:
    """Return an empty one."""
    return Morgue()


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


def noted(attempts: int = 5) -> DeliveryFailure:
    """Return what the consumer wrote down when the message failed."""
    original = envelope(order())
    fingerprint = delivery_fingerprint(original.subscription, original.publish_time, original.data)
    return DeliveryFailure(fingerprint=fingerprint, failure_reason=CAUSE, attempts=attempts, at=NOW)


async def test_a_forwarded_message_is_joined_with_its_last_failure(morgue: Morgue) -> None:
    """Pub/Sub does not say why a message was given up; what its consumer wrote down does."""
    await morgue.failures.record(noted())

    assert await morgue.process(forwarded()) is Outcome.PROCESSED

    kept = morgue.kept
    assert (kept.fingerprint, kept.failure_reason, kept.attempts, kept.received_at) == (
        noted().fingerprint,
        CAUSE,
        5,
        NOW,
    )


async def test_a_message_is_kept_as_it_was_published(morgue: Morgue) -> None:
    """Payload, ordering key, attributes, topic and time are the original's; bookkeeping is left out."""
    await morgue.process(forwarded())

    letter, original = morgue.kept.letter, envelope(order())
    assert (letter.data, letter.ordering_key, letter.attributes, letter.publish_time) == (
        original.data,
        original.ordering_key,
        original.attributes,
        original.publish_time,
    )
    assert (letter.topic, letter.subscription) == ("order-create", "order-create-sub")


async def test_a_message_given_up_by_its_function_tells_its_cause(morgue: Morgue) -> None:
    """A function's own dead letter needs no note, and is the same failed message as a forwarded one."""
    await morgue.process(given_up_by_function())

    assert (morgue.kept.failure_reason, morgue.kept.attempts) == (CAUSE, 2)
    assert morgue.kept.letter.attributes == ATTRIBUTES
    assert await morgue.process(forwarded()) is Outcome.DUPLICATE


async def test_a_message_nobody_answered_for_is_kept_without_a_cause(morgue: Morgue) -> None:
    """Where the consumer crashed and wrote nothing down, the message is kept and says so."""
    await morgue.process(forwarded())

    assert morgue.kept.failure_reason == FailureReason(error_type="not_recorded", slug="not_recorded")


async def test_the_same_dead_letter_twice_is_kept_once(morgue: Morgue) -> None:
    """A redelivered dead letter is acknowledged as a duplicate and replaces nothing."""
    await morgue.process(forwarded())
    first = morgue.kept

    assert await morgue.process(forwarded(message_id="10")) is Outcome.DUPLICATE

    assert morgue.kept is first


@pytest.mark.parametrize("unavailable", ["failures", "failed_messages"])
async def test_what_cannot_be_stored_is_not_acknowledged(morgue: Morgue, unavailable: str) -> None:
    """Where the store does not answer, the dead letter comes again, and nothing half is kept."""
    getattr(morgue, unavailable).available = False

    with pytest.raises(StoreUnavailable):
        await morgue.process(forwarded())

    assert morgue.failed_messages.kept == {}


async def test_an_unknown_subscription_is_refused(morgue: Morgue) -> None:
    """A push of a subscription that is not this function's is rejected."""
    with pytest.raises(UnknownSubscription):
        await morgue.process(forwarded(subscription="other-dlq-sub"))


@pytest.mark.parametrize("data", [b"", b"\x00\xff no text", json.dumps([1]).encode()], ids=repr)
async def test_any_payload_is_kept(morgue: Morgue, data: bytes) -> None:
    """A payload that is no JSON, no text or nothing at all is kept byte for byte."""
    letter = envelope(data, subscription="order-create-dlq-sub", attributes={})

    assert await morgue.process(letter) is Outcome.PROCESSED

    assert morgue.kept.letter.data == data
    assert morgue.kept.letter.topic == "order-create"


async def test_unreadable_bookkeeping_does_not_stop_a_dead_letter(morgue: Morgue) -> None:
    """A delivery count or publish time that is no such thing is left out, and the message kept."""
    broken = {
        **FORWARDED,
        "CloudPubSubDeadLetterSourceDeliveryCount": "many",
        "CloudPubSubDeadLetterSourceTopicPublishTime": "yesterday",
    }

    assert await morgue.process(forwarded(attributes=broken)) is Outcome.PROCESSED

    assert morgue.kept.attempts == 0
