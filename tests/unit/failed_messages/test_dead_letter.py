"""Which failures are critical."""

import dataclasses
from datetime import UTC, datetime

import pytest

from shared.contracts.dead_letter import DeadLetter, FailureReason
from shared.failed_messages.dead_letter import is_critical

REJECTED = FailureReason(error_type="rejected", slug="order.shipped")
LETTER = DeadLetter(
    topic="order-cancel",
    subscription="order-cancel-sub",
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
    assert is_critical(dataclasses.replace(LETTER, topic=topic), REJECTED)


@pytest.mark.parametrize("error_type", ["bug", "not_recorded"])
def test_a_crash_is_critical(error_type: str) -> None:
    """Where the function is at fault the message may be right."""
    assert is_critical(LETTER, FailureReason(error_type=error_type, slug="KeyError"))


def test_what_the_producer_calls_severe_is_critical() -> None:
    """Severity HIGH is critical, any other is not."""
    assert is_critical(dataclasses.replace(LETTER, attributes={"severity": "HIGH"}), REJECTED)
    assert not is_critical(dataclasses.replace(LETTER, attributes={"severity": "LOW"}), REJECTED)


@pytest.mark.parametrize("error_type", ["rejected", "deferred", "transient"])
def test_anything_else_can_wait(error_type: str) -> None:
    """A cancellation that is refused is looked at in its turn."""
    assert not is_critical(LETTER, FailureReason(error_type=error_type, slug="order.shipped"))
