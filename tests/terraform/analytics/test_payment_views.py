"""The views of payments give the exact answer, whichever way the events arrive."""

from datetime import datetime
from typing import Any

from tests.terraform.analytics.answers import LAST_WEEK, YESTERDAY, answer, moment
from tests.terraform.analytics.arrivals import Arrangement, arriving, moved


def _position(order: str, version: int, **amounts: int) -> bytes:
    every = {
        "dueMinor": 10_000,
        "capturedMinor": 0,
        "refundedMinor": 0,
        "toCaptureMinor": 0,
        "toAuthorizeMinor": 0,
        "toRefundMinor": 0,
    }
    fields = {"paymentMethod": "CC", "currency": "THB", **every, **amounts}
    return moved("payment.position_changed", order, version, **fields)


@arriving
def test_shipped_and_not_captured(arrive: Arrangement) -> None:
    """The position of the highest version counts; an order that is on its way does not."""
    assert answer(
        "shipped_not_captured",
        arrive,
        _position("to capture", 3, toAuthorizeMinor=10_000),
        moved("order.shipped", "to capture", 9, shippedAt=YESTERDAY),
        _position("to capture", 10, toCaptureMinor=10_000),
        _position("expired", 3, toCaptureMinor=10_000),
        moved("order.shipped", "expired", 4, shippedAt=LAST_WEEK),
        _position("expired", 5, toAuthorizeMinor=10_000),
        _position("captured", 3, toCaptureMinor=10_000),
        moved("order.shipped", "captured", 4, shippedAt=LAST_WEEK),
        _position("captured", 5, capturedMinor=10_000),
        _position("on its way", 3, toCaptureMinor=10_000),
        moved("order.partially_shipped", "on its way", 4, shippedAt=LAST_WEEK),
    ) == [
        _uncaptured("expired", LAST_WEEK, 144, capture=0, authorize=10_000),
        _uncaptured("to capture", YESTERDAY, 24, capture=10_000, authorize=0),
    ]


def _uncaptured(order: str, shipped: str, hours: int, *, capture: int, authorize: int) -> dict[str, Any]:
    return {
        "orderId": order,
        "shippedAt": moment(shipped),
        "hoursSinceShipped": hours,
        "paymentMethod": "CC",
        "currency": "THB",
        "toCaptureMinor": capture,
        "toAuthorizeMinor": authorize,
    }


@arriving
def test_the_highest_version_states_the_refund_due(arrive: Arrangement) -> None:
    """A position is a level: the highest version states what is due, an older one never adds to it."""
    assert answer(
        "refunds_due",
        arrive,
        _position("due", 9, dueMinor=8_000, capturedMinor=10_000, toRefundMinor=2_000),
        _position("due", 10, dueMinor=7_000, capturedMinor=10_000, toRefundMinor=3_000),
        _position("refunded", 4, dueMinor=8_000, capturedMinor=10_000, toRefundMinor=2_000),
        _position("refunded", 5, dueMinor=8_000, capturedMinor=10_000, refundedMinor=2_000),
        _position("nothing due", 2, capturedMinor=10_000),
    ) == [
        {
            "orderId": "due",
            "paymentMethod": "CC",
            "currency": "THB",
            "dueMinor": 7_000,
            "capturedMinor": 10_000,
            "refundedMinor": 0,
            "toRefundMinor": 3_000,
            "positionAt": datetime(2026, 3, 1, 10),  # noqa: DTZ001 - DuckDB returns UTC without a zone
        }
    ]
