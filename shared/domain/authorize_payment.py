"""Record that the customer's bank holds an amount for the order (requirements 5.1)."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import DUPLICATE, Decision, OrderEvent
from shared.domain.history import with_history
from shared.domain.order import HistoryEntry, Order
from shared.domain.order_position import order_position
from shared.domain.payment import Authorization, PaymentStatus, check_currency, to_minor
from shared.domain.payment_movements import is_recorded, with_movement
from shared.domain.value import Value
from shared.domain.violations import ExpiryNotAfterAuthorization
from shared.errors import RuleViolation, raise_all


class AuthorizePayment(Value):
    """The payment service reports that a bank holds an amount."""

    order_id: str
    payment_id: str
    authorization_id: str
    amount: Decimal
    currency: str
    authorized_at: datetime
    expires_at: datetime


class PaymentAuthorized(OrderEvent):
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
    """Add an authorisation to the order, whatever its status: the amount is held already.

    Raises ExpiryNotAfterAuthorization, CurrencyMismatch, TooManyDecimals, Conflict.
    """
    raise_all(find_violations(command))
    check_currency(order.payment, command.currency)
    added = _authorization(order, command)
    if is_recorded(order.payment.authorizations, added):
        return DUPLICATE
    authorizations = with_movement(order.payment.authorizations, added)
    payment = replace(order.payment, currency=command.currency, authorizations=authorizations)
    entry = HistoryEntry(at=command.authorized_at, event=PaymentAuthorized.type, ref=command.authorization_id)
    changed = with_history(replace(order, payment=payment), entry, now=now)
    return Decision(changes=(changed,), events=(_event(changed, added, command.currency),))


def find_violations(command: AuthorizePayment) -> Iterator[RuleViolation]:
    """Yield every rule that an authorisation breaks, whatever its order."""
    if command.expires_at <= command.authorized_at:
        yield ExpiryNotAfterAuthorization()


def _authorization(order: Order, command: AuthorizePayment) -> Authorization:
    return Authorization(
        authorization_id=command.authorization_id,
        payment_id=command.payment_id,
        amount_minor=to_minor(order.payment, command.amount),
        authorized_at=command.authorized_at,
        expires_at=command.expires_at,
    )


def _event(order: Order, added: Authorization, currency: str) -> PaymentAuthorized:
    return PaymentAuthorized(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=added.authorized_at,
        payment_id=added.payment_id,
        authorization_id=added.authorization_id,
        amount_minor=added.amount_minor,
        currency=currency,
        authorized_at=added.authorized_at,
        expires_at=added.expires_at,
        payment_status=order_position(order).payment_status,
    )
