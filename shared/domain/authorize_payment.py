"""Record that the customer's bank holds an amount for the order (requirements 5.1)."""

from datetime import datetime
from operator import attrgetter
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import Decision, Event
from shared.domain.history import with_history
from shared.domain.order import HistoryEntry, Order
from shared.domain.payment import Authorization, Payment, PaymentStatus, check_currency
from shared.domain.value import Value
from shared.domain.violations import ExpiryNotAfterAuthorization


class AuthorizePayment(Value):
    """The payment service's word that an amount is held; the amount is in minor units."""

    order_id: str
    payment_id: str
    authorization_id: str
    amount_minor: int
    currency: str
    authorized_at: datetime
    expires_at: datetime


class PaymentAuthorized(Event):
    """An amount is held for an order until it expires."""

    type: ClassVar[str] = "payment.authorized"

    payment_id: str
    authorization_id: str
    amount_minor: int
    currency: str
    authorized_at: datetime
    expires_at: datetime
    payment_status: PaymentStatus


def authorize_payment(order: Order, command: AuthorizePayment, now: datetime) -> Decision:
    """Add an authorisation to the order; the first one sets the currency.

    Raises ExpiryNotAfterAuthorization, CurrencyMismatch.
    """
    if command.expires_at <= command.authorized_at:
        raise ExpiryNotAfterAuthorization
    check_currency(order.payment, command.currency)
    payment = _with_authorization(order.payment, command)
    entry = HistoryEntry(at=command.authorized_at, event=PaymentAuthorized.type, ref=command.authorization_id)
    changed = with_history(replace(order, payment=payment), entry, now=now)
    return Decision(changes=(changed,), events=(_event(changed, command),))


def _with_authorization(payment: Payment, command: AuthorizePayment) -> Payment:
    added = Authorization(
        authorization_id=command.authorization_id,
        payment_id=command.payment_id,
        amount_minor=command.amount_minor,
        authorized_at=command.authorized_at,
        expires_at=command.expires_at,
    )
    authorizations = sorted((*payment.authorizations, added), key=attrgetter("authorization_id"))
    return replace(payment, currency=command.currency, authorizations=tuple(authorizations))


def _event(order: Order, command: AuthorizePayment) -> PaymentAuthorized:
    return PaymentAuthorized(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        payment_id=command.payment_id,
        authorization_id=command.authorization_id,
        amount_minor=command.amount_minor,
        currency=command.currency,
        authorized_at=command.authorized_at,
        expires_at=command.expires_at,
        payment_status=order.payment.status,
    )
