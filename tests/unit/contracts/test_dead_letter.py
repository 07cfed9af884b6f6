"""A message that a function dead-letters is read back whole."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.contracts.dead_letter import (
    ADDED_BY_FUNCTION,
    ADDED_BY_PUBSUB,
    PRODUCER_PREFIX,
    PUBSUB_PREFIX,
    DeadLetter,
    FailureReason,
    build_dead_letter,
    parse_dead_letter,
)
from shared.contracts.envelope import parse_push
from tests.messages import PUBLISHED, order, push

REASON = FailureReason(error_type="rejected", slug="claim.conflict", detail="data: other content")
RESERVED = sorted(ADDED_BY_FUNCTION)
NAMES = st.one_of(
    st.sampled_from([*RESERVED, *(PRODUCER_PREFIX + name for name in RESERVED), PRODUCER_PREFIX * 2 + "x"]),
    st.text(min_size=1, max_size=5).filter(lambda name: name not in ADDED_BY_PUBSUB),
)


@given(st.dictionaries(NAMES, st.text(max_size=5), max_size=8))
def test_every_attribute_of_the_producer_survives(attributes: dict[str, str]) -> None:
    """A producer's attribute with a name of the dead letter's own is neither lost nor read as its origin."""
    original = parse_push(push(order(), attributes=attributes, attempt=3))
    written = build_dead_letter(
        original, REASON, dead_letter_topic="order-create-dlq", original_topic="order-create"
    )
    arrived = parse_push(
        push(written.data, subscription="order-create-dlq-sub", attributes=written.attributes, attempt=1)
    )

    dead_letter = parse_dead_letter(arrived, dead_letter_topic="order-create-dlq")

    assert dead_letter.attributes == attributes
    assert (dead_letter.topic, dead_letter.subscription) == ("order-create", "order-create-sub")
    assert (dead_letter.failure_reason, dead_letter.delivery_attempts) == (REASON, 3)
    assert dead_letter.publish_time == original.publish_time


ORIGIN = {
    f"{PUBSUB_PREFIX}Subscription": "order-create-sub",
    f"{PUBSUB_PREFIX}DeliveryCount": "5",
    f"{PUBSUB_PREFIX}TopicPublishTime": "2024-01-10T09:59:58.5Z",
}


def dead_letter_of(attributes: dict[str, str]) -> DeadLetter:
    """Read a dead letter with these attributes."""
    arrived = parse_push(push(order(), subscription="order-create-dlq-sub", attributes=attributes))
    return parse_dead_letter(arrived, dead_letter_topic="order-create-dlq")


def test_pubsub_alone_says_where_a_message_that_it_forwarded_comes_from() -> None:
    """A producer may have written attributes with the names of a function's own: they stay the producer's."""
    sent = {"source": "QC-SMF", "originalTopic": "x", "errorType": "bug", "failureReason": "x"}
    sent |= {
        "originalMessageId": "7",
        "deliveryAttempts": "99",
        "originalPublishTime": "2020-01-01T00:00:00Z",
    }

    dead_letter = dead_letter_of(sent | ORIGIN)

    assert (dead_letter.topic, dead_letter.subscription) == ("order-create", "order-create-sub")
    assert dead_letter.publish_time == datetime(2024, 1, 10, 9, 59, 58, 500_000, tzinfo=UTC)
    assert (dead_letter.delivery_attempts, dead_letter.failure_reason, dead_letter.message_id) == (
        5,
        None,
        None,
    )
    assert dead_letter.attributes == sent
    assert (json.loads(dead_letter.data), dead_letter.ordering_key) == (order(), "CUST-123456")


def test_a_message_without_an_origin_is_read_all_the_same() -> None:
    """A person published it: its topic follows from the dead-letter topic, its attempts are unknown."""
    dead_letter = dead_letter_of({"source": "QC-SMF", "errorType": "bug"})

    assert (dead_letter.topic, dead_letter.subscription) == ("order-create", "unknown")
    assert dead_letter.publish_time == datetime.fromisoformat(PUBLISHED)
    assert (dead_letter.delivery_attempts, dead_letter.failure_reason, dead_letter.message_id) == (
        0,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("written", "attempts"), [("5", 5), ("999999", 999_999), ("1000000", 0), ("-1", 0), ("²", 0), ("", 0)]
)
def test_only_a_plausible_number_of_attempts_counts(written: str, attempts: int) -> None:
    """Any publisher may have written the attribute."""
    assert dead_letter_of({"deliveryAttempts": written}).delivery_attempts == attempts
    assert dead_letter_of(ORIGIN | {f"{PUBSUB_PREFIX}DeliveryCount": written}).delivery_attempts == attempts


def test_an_unreadable_publish_time_is_that_of_the_dead_letter() -> None:
    """It never raises: the message has to be stored."""
    assert dead_letter_of({"originalPublishTime": "yesterday"}).publish_time == datetime.fromisoformat(
        PUBLISHED
    )


def test_a_function_writes_what_the_dead_letter_needs() -> None:
    """Pub/Sub refuses a longer attribute, and its own attributes of an earlier dead letter are outdated."""
    original = parse_push(push(order(), attributes={"source": "QC-SMF"} | ORIGIN, message_id="7", attempt=2))
    reason = replace(REASON, detail="x" * 1025)

    written = build_dead_letter(
        original, reason, dead_letter_topic="order-create-dlq", original_topic="order-create"
    )

    assert (written.topic, written.ordering_key, written.data) == (
        "order-create-dlq",
        "CUST-123456",
        original.data,
    )
    assert written.attributes == {
        "source": "QC-SMF",
        "originalTopic": "order-create",
        "originalSubscription": "order-create-sub",
        "originalPublishTime": "2024-01-10T10:00:00.123+00:00",
        "originalMessageId": "7",
        "deliveryAttempts": "2",
        "errorType": "rejected",
        "failureReason": "claim.conflict",
        "failureDetail": "x" * 1024,
    }


def test_a_function_s_dead_letter_says_where_the_message_comes_from() -> None:
    """Its origin need not be the topic of the dead-letter topic; a reason without a detail has none."""
    dead_letter = dead_letter_of(
        {
            "originalTopic": "payment-captured",
            "originalSubscription": "payment-captured-sub",
            "originalPublishTime": "2024-01-09T08:00:00.5+07:00",
            "originalMessageId": "7",
            "errorType": "rejected",
            "failureReason": "claim.conflict",
        }
    )

    assert (dead_letter.topic, dead_letter.subscription) == ("payment-captured", "payment-captured-sub")
    assert dead_letter.publish_time == datetime(2024, 1, 9, 1, 0, 0, 500_000, tzinfo=UTC)
    assert (dead_letter.message_id, dead_letter.attributes) == ("7", {})
    assert dead_letter.failure_reason == replace(REASON, detail="")
