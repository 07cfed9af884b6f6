"""Dead letters of both kinds are stored complete, with their failure reason."""

import json

import pytest

from shared.consumer.idempotency import DeliveryFailure, delivery_fingerprint
from shared.contracts.dead_letter import FailureReason
from shared.contracts.envelope import Envelope
from shared.errors import Outcome, PublishUnavailable, StoreUnavailable, UnknownSubscription
from shared.failed_messages.search_keys import derive_search_key
from tests.messages import ATTRIBUTES, order
from tests.unit.consumer.processors import NOW, envelope
from tests.unit.failed_messages.dead_letters import (
    FORWARDED,
    REASON,
    Handling,
    forwarded,
    written_by_function,
)


def recorded(attempts: int = 5) -> DeliveryFailure:
    """Return the failure that the consumer recorded."""
    original = envelope(order())
    fingerprint = delivery_fingerprint(
        original.subscription, original.publish_time, original.data, original.attributes
    )
    return DeliveryFailure(
        fingerprint=fingerprint, failure_reason=REASON, attempts=attempts, at=NOW, message_id="1001"
    )


async def test_a_forwarded_message_is_joined_with_its_last_failure(handling: Handling) -> None:
    """Pub/Sub does not say why it forwards a message; the failure that its consumer recorded does."""
    await handling.failures.record(recorded())

    assert await handling.process(forwarded()) is Outcome.PROCESSED

    stored = handling.only_stored
    assert (stored.fingerprint, stored.failure_reason, stored.attempts, stored.received_at) == (
        recorded().fingerprint,
        REASON,
        5,
        NOW,
    )


async def test_a_message_is_stored_as_it_was_published(handling: Handling) -> None:
    """Payload, ordering key, attributes, topic and time are the original's; bookkeeping is left out."""
    await handling.process(forwarded())

    dead_letter, original = handling.only_stored.dead_letter, envelope(order())
    assert (dead_letter.data, dead_letter.ordering_key, dead_letter.attributes, dead_letter.publish_time) == (
        original.data,
        original.ordering_key,
        original.attributes,
        original.publish_time,
    )
    assert (dead_letter.topic, dead_letter.subscription) == ("order-create", "order-create-sub")


async def test_a_dead_letter_of_a_function_has_its_reason(handling: Handling) -> None:
    """It needs no recorded failure, and becomes the same failed message as a forwarded dead letter."""
    await handling.process(written_by_function())

    assert (handling.only_stored.failure_reason, handling.only_stored.attempts) == (REASON, 2)
    assert handling.only_stored.dead_letter.attributes == ATTRIBUTES
    assert await handling.process(forwarded()) is Outcome.DUPLICATE


@pytest.mark.parametrize("dead_letter", [forwarded(), written_by_function()], ids=["Pub/Sub", "function"])
async def test_a_message_is_found_by_both_its_message_ids(handling: Handling, dead_letter: Envelope) -> None:
    """A search finds it by the id that the producer got, and by that of its dead letter."""
    await handling.failures.record(recorded())

    await handling.process(dead_letter)

    assert {derive_search_key("1001"), derive_search_key("9")} <= {*handling.only_stored.search_keys}


async def test_a_message_without_an_answer_is_stored_without_a_reason(handling: Handling) -> None:
    """If the consumer crashed without recording a failure, the stored message says so."""
    await handling.process(forwarded())

    assert handling.only_stored.failure_reason == FailureReason(
        error_type="not_recorded", slug="not_recorded"
    )


async def test_the_same_dead_letter_twice_is_stored_once(handling: Handling) -> None:
    """A redelivered dead letter is acknowledged as a duplicate and replaces nothing."""
    await handling.process(forwarded())
    first = handling.only_stored

    assert await handling.process(forwarded(message_id="10")) is Outcome.DUPLICATE

    assert handling.only_stored is first


@pytest.mark.parametrize(("stays_closed", "reports"), [(False, 2), (True, 1)])
async def test_a_message_that_stays_closed_alerts_no_one_again(
    handling: Handling, *, stays_closed: bool, reports: int
) -> None:
    """Another dead letter of a discarded message is counted; neither people nor its producer are notified."""
    await handling.process(forwarded())
    handling.failed_messages.stays_closed = stays_closed

    for _ in range(2):  # Pub/Sub delivers it twice
        assert await handling.process(forwarded(message_id="10")) is Outcome.DUPLICATE

    assert len(handling.reports.reported) == reports
    assert len(handling.reports.reported) + len(handling.reports.counted) == 2
    assert len({each.attributes["eventId"] for each in handling.publisher.messages}) == reports


@pytest.mark.parametrize("unavailable", ["failures", "failed_messages"])
async def test_what_cannot_be_stored_is_not_acknowledged(handling: Handling, unavailable: str) -> None:
    """If the store does not answer, the dead letter comes again, and nothing incomplete is stored."""
    getattr(handling, unavailable).available = False

    with pytest.raises(StoreUnavailable):
        await handling.process(forwarded())

    assert handling.failed_messages.stored == {}


async def test_an_unknown_subscription_is_refused(handling: Handling) -> None:
    """A push of a subscription that is not this function's is rejected."""
    with pytest.raises(UnknownSubscription):
        await handling.process(forwarded(subscription="other-dlq-sub"))


@pytest.mark.parametrize("data", [b"", b"\x00\xff no text", json.dumps([1]).encode()], ids=repr)
async def test_any_payload_is_stored(handling: Handling, data: bytes) -> None:
    """A payload that is no JSON, no text or nothing at all is stored byte for byte."""
    dead_letter = envelope(data, subscription="order-create-dlq-sub", attributes={})

    assert await handling.process(dead_letter) is Outcome.PROCESSED

    assert handling.only_stored.dead_letter.data == data
    assert handling.only_stored.dead_letter.topic == "order-create"


async def test_unreadable_bookkeeping_does_not_stop_a_dead_letter(handling: Handling) -> None:
    """A delivery count or publish time that is malformed is left out, and the message stored."""
    broken = {
        **FORWARDED,
        "CloudPubSubDeadLetterSourceDeliveryCount": "many",
        "CloudPubSubDeadLetterSourceTopicPublishTime": "yesterday",
    }

    assert await handling.process(forwarded(attributes=broken)) is Outcome.PROCESSED

    assert handling.only_stored.attempts == 0


async def test_the_producer_learns_what_failed_and_why(handling: Handling) -> None:
    """The notice names topic, order, reason, field and rule, and the producer's own ids; no value."""
    await handling.failures.record(recorded())

    await handling.process(forwarded())

    (notice,) = handling.publisher.messages
    assert (notice.topic, notice.attributes["eventType"]) == ("order-events", "message.failed")
    assert notice.attributes["correlationId"] == ATTRIBUTES["correlationId"]
    payload = json.loads(notice.data)
    assert payload == {
        "eventId": notice.attributes["eventId"],
        "eventType": "message.failed",
        "failedMessageId": recorded().fingerprint,
        "status": "FAILED",
        "originalTopic": "order-create",
        "originalSubscription": "order-create-sub",
        "originalMessageId": "1001",
        "source": ATTRIBUTES["source"],
        "version": ATTRIBUTES["version"],
        "orderId": order()["orderId"],
        "errorType": "rejected",
        "reason": REASON.slug,
        "detail": REASON.detail,
        "correlationId": ATTRIBUTES["correlationId"],
        "occurredAt": "2024-01-10T10:01:00Z",
        "orderVersion": None,
    }
    assert order()["customerId"] not in notice.data.decode()


async def test_a_notice_that_is_not_published_comes_again_with_its_id(handling: Handling) -> None:
    """The dead letter is acknowledged once the producer can know; a repeated notice is the same event."""
    handling.publisher.fail()
    with pytest.raises(PublishUnavailable):
        await handling.process(written_by_function())

    assert await handling.process(written_by_function()) is Outcome.DUPLICATE
    await handling.process(written_by_function())

    first, second = handling.publisher.messages
    assert (first.attributes, first.data) == (second.attributes, second.data)
    assert json.loads(first.data)["originalMessageId"] == "1001"
