"""Record that an amount was returned to the customer."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import DUPLICATE, Decision, OrderEvent
from shared.domain.history import with_history
from shared.domain.needed_message import MAX_WAIT_FOR_CAPTURES, may_still_arrive
from shared.domain.order import HistoryEntry, Order
from shared.domain.order_position import order_position
from shared.domain.payment import Payment, PaymentStatus, Refund, check_currency, to_minor
from shared.domain.payment_movements import is_recorded, with_movement
from shared.domain.value import Value
from shared.domain.violations import NotCaptured, OverRefunded


class RefundPayment(Value):
    """The payment service reports that it returned an amount."""

    order_id: str
    payment_id: str
    refund_id: str
    amount: Decimal
    currency: str | None
    reason: str | None
    refunded_at: datetime
    waiting_since: datetime
    """When it was first deferred."""


class PaymentRefunded(OrderEvent):
    """An amount was returned, in the order's currency."""

    type: ClassVar[str] = "payment.refunded"

    payment_id: str
    refund_id: str
    amount_minor: int
    currency: str | None
    reason: str | None
    refunded_at: datetime
    payment_status: PaymentStatus


def refund_payment(order: Order, command: RefundPayment, now: datetime) -> Decision:
    """Add a refund to the order, of what the same payment captured.

    Raises NotCaptured (too early), OverRefunded, CurrencyMismatch, TooManyDecimals, Conflict.
    """
    check_currency(order.payment, command.currency)
    added = _refund(order, command)
    if is_recorded(order.payment.refunds, added):
        return DUPLICATE
    payment = replace(order.payment, refunds=with_movement(order.payment.refunds, added))
    if _exceeds_captures(payment, added.payment_id):
        waits = may_still_arrive(order, command.waiting_since, now, MAX_WAIT_FOR_CAPTURES)
        raise NotCaptured if waits else OverRefunded
    entry = HistoryEntry(at=added.refunded_at, event=PaymentRefunded.type, ref=added.refund_id)
    changed = with_history(replace(order, payment=payment), entry, now=now)
    return Decision(changes=(changed,), events=(_event(changed, added, command.reason),))


def _refund(order: Order, command: RefundPayment) -> Refund:
    return Refund(
        refund_id=command.refund_id,
        payment_id=command.payment_id,
        amount_minor=to_minor(order.payment, command.amount),
        refunded_at=command.refunded_at,
    )


def _exceeds_captures(payment: Payment, payment_id: str) -> bool:
    captured = sum(each.amount_minor for each in payment.captures if each.payment_id == payment_id)
    refunded = sum(each.amount_minor for each in payment.refunds if each.payment_id == payment_id)
    return refunded > captured


def _event(order: Order, added: Refund, reason: str | None) -> PaymentRefunded:
    return PaymentRefunded(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=added.refunded_at,
        payment_id=added.payment_id,
        refund_id=added.refund_id,
        amount_minor=added.amount_minor,
        currency=order.payment.currency,
        reason=reason,
        refunded_at=added.refunded_at,
        payment_status=order_position(order).payment_status,
    )
