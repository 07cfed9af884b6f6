"""Record that money was taken for the order (requirements 5.2)."""

from datetime import datetime
from operator import attrgetter
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import Decision, Event
from shared.domain.history import with_history
from shared.domain.order import HistoryEntry, Order
from shared.domain.payment import Capture, Payment, PaymentStatus, check_currency
from shared.domain.value import Value
from shared.domain.violations import AuthorizationExpired, NotAuthorized, OverCaptured


class CapturePayment(Value):
    """The payment service's word that an amount was taken; the amount is in minor units."""

    order_id: str
    payment_id: str
    capture_id: str
    amount_minor: int
    currency: str | None
    captured_at: datetime


class PaymentCaptured(Event):
    """An amount was taken, in the currency it was authorised in."""

    type: ClassVar[str] = "payment.captured"

    payment_id: str
    capture_id: str
    amount_minor: int
    currency: str | None
    captured_at: datetime
    payment_status: PaymentStatus


def capture_payment(order: Order, command: CapturePayment, now: datetime) -> Decision:
    """Add a capture to the order, of money that was authorised and had not expired when it was taken.

    Raises NotAuthorized (too early), CurrencyMismatch, OverCaptured, AuthorizationExpired.
    """
    if not order.payment.authorizations:
        raise NotAuthorized
    check_currency(order.payment, command.currency)
    payment = _with_capture(order.payment, command)
    _check_authorized(payment)
    entry = HistoryEntry(at=command.captured_at, event=PaymentCaptured.type, ref=command.capture_id)
    changed = with_history(replace(order, payment=payment), entry, now=now)
    return Decision(changes=(changed,), events=(_event(changed, command),))


def _with_capture(payment: Payment, command: CapturePayment) -> Payment:
    added = Capture(
        capture_id=command.capture_id,
        payment_id=command.payment_id,
        amount_minor=command.amount_minor,
        captured_at=command.captured_at,
    )
    return replace(payment, captures=tuple(sorted((*payment.captures, added), key=attrgetter("capture_id"))))


def _check_authorized(payment: Payment) -> None:
    """Check that authorisations cover the captures, whatever order both arrived in.

    Nobody says which authorisation a capture draws on. What was taken at some moment or later can
    only come from authorisations that expire after it: if their sum suffices at the moment of each
    capture, there is a way to share them out; if not, there is none.
    """
    if payment.captured_minor > payment.authorized_minor:
        raise OverCaptured
    if any(
        _taken_since(payment, each.captured_at) > _held_after(payment, each.captured_at)
        for each in payment.captures
    ):
        raise AuthorizationExpired


def _taken_since(payment: Payment, moment: datetime) -> int:
    return sum(each.amount_minor for each in payment.captures if each.captured_at >= moment)


def _held_after(payment: Payment, moment: datetime) -> int:
    return sum(each.amount_minor for each in payment.authorizations if each.expires_at > moment)


def _event(order: Order, command: CapturePayment) -> PaymentCaptured:
    return PaymentCaptured(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        payment_id=command.payment_id,
        capture_id=command.capture_id,
        amount_minor=command.amount_minor,
        currency=order.payment.currency,
        captured_at=command.captured_at,
        payment_status=order.payment.status,
    )
