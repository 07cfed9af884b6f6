"""Record that an amount was taken for the order (requirements 5.2)."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import DUPLICATE, Decision, OrderEvent
from shared.domain.history import with_history
from shared.domain.needed_message import may_still_arrive
from shared.domain.order import HistoryEntry, Order
from shared.domain.order_position import order_position
from shared.domain.payment import Capture, Payment, PaymentStatus, check_currency, to_minor
from shared.domain.payment_movements import is_recorded, with_movement
from shared.domain.payment_terms import PaymentTerms, find_terms
from shared.domain.value import Value
from shared.domain.violations import NotAuthorized


class CapturePayment(Value):
    """The payment service reports that it took an amount."""

    order_id: str
    payment_id: str
    capture_id: str
    amount: Decimal
    currency: str | None
    captured_at: datetime
    waiting_since: datetime
    """When it was first deferred."""


class PaymentCaptured(OrderEvent):
    """An amount was taken, in the order's currency."""

    type: ClassVar[str] = "payment.captured"

    payment_id: str
    capture_id: str
    amount_minor: int
    currency: str | None
    captured_at: datetime
    payment_status: PaymentStatus


def capture_payment(order: Order, command: CapturePayment, now: datetime) -> Decision:
    """Add a capture to the order. The amount was taken, so a contradiction does not refuse it.

    What exceeds the authorisations is recorded as an exception of the order. Raises NotAuthorized (too
    early), CurrencyMismatch, TooManyDecimals, Conflict.
    """
    check_currency(order.payment, command.currency)
    added = _capture(order, command)
    if is_recorded(order.payment.captures, added):
        return DUPLICATE
    if _lacks_authorization(order.payment, added) and may_still_arrive(order, command.waiting_since, now):
        raise NotAuthorized
    payment = replace(order.payment, captures=with_movement(order.payment.captures, added))
    entry = HistoryEntry(at=added.captured_at, event=PaymentCaptured.type, ref=added.capture_id)
    changed = with_history(replace(order, payment=payment), entry, now=now)
    return Decision(changes=(changed,), events=(_event(changed, added),))


def _capture(order: Order, command: CapturePayment) -> Capture:
    return Capture(
        capture_id=command.capture_id,
        payment_id=command.payment_id,
        amount_minor=to_minor(order.payment, command.amount),
        captured_at=command.captured_at,
    )


def _lacks_authorization(payment: Payment, capture: Capture) -> bool:
    """Return whether the capture needs an authorisation of its payment, and there is none yet.

    An authorisation of 0 only verifies the card.
    """
    needs_one = find_terms(payment.method) is PaymentTerms.AUTHORIZE_THEN_CAPTURE and capture.amount_minor > 0
    return needs_one and not any(
        each.payment_id == capture.payment_id and each.amount_minor for each in payment.authorizations
    )


def _event(order: Order, added: Capture) -> PaymentCaptured:
    return PaymentCaptured(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=added.captured_at,
        payment_id=added.payment_id,
        capture_id=added.capture_id,
        amount_minor=added.amount_minor,
        currency=order.payment.currency,
        captured_at=added.captured_at,
        payment_status=order_position(order).payment_status,
    )
