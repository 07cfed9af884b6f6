"""Which failures are critical."""

import dataclasses
from datetime import UTC, datetime

import pytest

from shared.contracts.dead_letter import DeadLetter, FailureReason
from shared.failed_messages.dead_letter import is_critical

REJECTED = FailureReason(error_type="rejected", slug="order.shipped")
DEAD_LETTER = DeadLetter(
    topic="order-release",
    subscription="order-release-sub",
    publish_time=datetime(2026, 1, 1, tzinfo=UTC),
    attributes={},
    ordering_key="",
    data=b"",
    delivery_attempts=5,
    failure_reason=None,
)


@pytest.mark.parametrize(
    "topic", ["order-create", "payment-authorized", "payment-captured", "payment-refunded"]
)
def test_orders_and_money_are_critical(topic: str) -> None:
    """An order that does not exist and a payment that is not known cannot wait."""
    assert is_critical(dataclasses.replace(DEAD_LETTER, topic=topic), REJECTED)


@pytest.mark.parametrize("error_type", ["bug", "not_recorded"])
def test_a_crash_is_critical(error_type: str) -> None:
    """Where the function is at fault the message may be right."""
    assert is_critical(DEAD_LETTER, FailureReason(error_type=error_type, slug="KeyError"))


@pytest.mark.parametrize("severity", ["HIGH", "CRITICAL", "high", "URGENT", ""])
def test_what_the_producer_calls_severe_is_critical(severity: str) -> None:
    """HIGH, CRITICAL, and every unknown severity."""
    assert is_critical(dataclasses.replace(DEAD_LETTER, attributes={"severity": severity}), REJECTED)


@pytest.mark.parametrize("severity", ["LOW", "MEDIUM", "low"])
def test_other_severities_can_wait(severity: str) -> None:
    """The producer says so itself."""
    assert not is_critical(dataclasses.replace(DEAD_LETTER, attributes={"severity": severity}), REJECTED)


@pytest.mark.parametrize(
    "topic", ["fulfillment-events", "ship-events", "short-events", "inventory-update", "order-cancel"]
)
@pytest.mark.parametrize(("error_type", "critical"), [("rejected", True), ("deferred", False)])
def test_a_refused_fact_or_cancellation_is_critical(topic: str, error_type: str, *, critical: bool) -> None:
    """Order and stock stay wrong until a person acts; what is only too early is replayed."""
    dead_letter = dataclasses.replace(DEAD_LETTER, topic=topic)

    assert is_critical(dead_letter, FailureReason(error_type=error_type, slug="any")) is critical


@pytest.mark.parametrize("error_type", ["rejected", "deferred", "transient"])
def test_anything_else_can_wait(error_type: str) -> None:
    """A release that is refused is looked at in its turn."""
    assert not is_critical(DEAD_LETTER, FailureReason(error_type=error_type, slug="order.shipped"))
