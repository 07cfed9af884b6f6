"""Record that money was given back to the customer."""

from datetime import datetime
from operator import attrgetter
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import Decision, Event
from shared.domain.history import with_history
from shared.domain.order import HistoryEntry, Order
from shared.domain.payment import Payment, PaymentStatus, Refund, check_currency
from shared.domain.value import Value
from shared.domain.violations import NotCaptured, OverRefunded


class RefundPayment(Value):
    """The payment service's word that an amount was given back; the amount is in minor units."""

    order_id: str
    payment_id: str
    refund_id: str
    amount_minor: int
    currency: str | None
    reason: str | None
    refunded_at: datetime


class PaymentRefunded(Event):
    """An amount was given back, in the currency it was authorised in."""

    type: ClassVar[str] = "payment.refunded"

    payment_id: str
    refund_id: str
    amount_minor: int
    currency: str | None
    reason: str | None
    refunded_at: datetime
    payment_status: PaymentStatus


def refund_payment(order: Order, command: RefundPayment, now: datetime) -> Decision:
    """Add a refund to the order, of money that was taken.

    Raises NotCaptured (too early), CurrencyMismatch, OverRefunded.
    """
    if not order.payment.captures:
        raise NotCaptured
    check_currency(order.payment, command.currency)
    payment = _with_refund(order.payment, command)
    if payment.refunded_minor > payment.captured_minor:
        raise OverRefunded
    entry = HistoryEntry(at=command.refunded_at, event=PaymentRefunded.type, ref=command.refund_id)
    changed = with_history(replace(order, payment=payment), entry, now=now)
    return Decision(changes=(changed,), events=(_event(changed, command),))


def _with_refund(payment: Payment, command: RefundPayment) -> Payment:
    added = Refund(
        refund_id=command.refund_id,
        payment_id=command.payment_id,
        amount_minor=command.amount_minor,
        refunded_at=command.refunded_at,
    )
    return replace(payment, refunds=tuple(sorted((*payment.refunds, added), key=attrgetter("refund_id"))))


def _event(order: Order, command: RefundPayment) -> PaymentRefunded:
    return PaymentRefunded(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        payment_id=command.payment_id,
        refund_id=command.refund_id,
        amount_minor=command.amount_minor,
        currency=order.payment.currency,
        reason=command.reason,
        refunded_at=command.refunded_at,
        payment_status=order.payment.status,
    )
