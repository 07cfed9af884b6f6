"""The payment position of an order, and the event that publishes it."""

from datetime import datetime
from typing import ClassVar

from msgspec.structs import asdict

from shared.domain.decision import OrderEvent
from shared.domain.order import Order
from shared.domain.payment import PaymentStatus
from shared.domain.payment_position import PaymentBalance, PaymentPosition, derive_position


class PaymentPositionChanged(OrderEvent):
    """What is left to do with the money of an order; amounts are in minor units.

    The position with the highest `order_version` wins. A consumer brings its own totals to
    `captured + to_capture` and `refunded + to_refund`. So it acts once, however often it gets an event.
    """

    type: ClassVar[str] = "payment.position_changed"
    id_has_version: ClassVar[bool] = True

    payment_method: str
    currency: str | None
    payment_status: PaymentStatus
    due_minor: int
    authorized_minor: int
    captured_minor: int
    refunded_minor: int
    to_capture_minor: int
    to_authorize_minor: int
    to_void_minor: int
    to_refund_minor: int
    payments: tuple[PaymentBalance, ...]


def latest_time(order: Order) -> datetime:
    """Return the latest business time of the order's history."""
    return order.history[-1].at if order.history else order.ordered_at


def order_position(order: Order, at: datetime | None = None) -> PaymentPosition:
    """Derive the order's payment position, by default as of the latest business time of its history."""
    return derive_position(order.payment, order.totals.total_minor, at or latest_time(order))


def position_event(order: Order, position: PaymentPosition) -> PaymentPositionChanged:
    """Make the event that publishes a position."""
    return PaymentPositionChanged(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        order_version=order.version,
        occurred_at=latest_time(order),
        payment_method=order.payment.method,
        currency=order.payment.currency,
        **asdict(position),
    )
