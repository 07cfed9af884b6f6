"""The example order and what is said about its payment."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from shared.contracts.order_create import OrderCreate
from shared.domain.authorize_payment import AuthorizePayment, authorize_payment
from shared.domain.capture_payment import CapturePayment, capture_payment
from shared.domain.create_order import create_order
from shared.domain.order import Order
from shared.domain.refund_payment import RefundPayment, refund_payment
from tests.examples import SUPPLIED, example

NOW = datetime(2024, 1, 11, tzinfo=UTC)
AUTHORIZED_AT = datetime(2024, 1, 10, 10, 5, tzinfo=UTC)
EXPIRES_AT = AUTHORIZED_AT + timedelta(days=7)
CAPTURED_AT = datetime(2024, 1, 10, 16, tzinfo=UTC)
REFUNDED_AT = datetime(2024, 1, 12, 9, 30, tzinfo=UTC)

Movement = AuthorizePayment | CapturePayment | RefundPayment


def new_order() -> Order:
    """Create the order of requirements 2.2: 1,333.98, forced."""
    command = OrderCreate.parse(example("order_create").payload, SUPPLIED).to_command()
    order = create_order(None, command, NOW).changes[0]
    assert isinstance(order, Order)
    return order


def authorization(
    number: int,
    amount: int,
    *,
    expires: datetime = EXPIRES_AT,
    currency: str = "THB",
    payment: str = "PAY-1",
) -> AuthorizePayment:
    """Authorise an amount, in minor units."""
    return AuthorizePayment(
        order_id=new_order().order_id,
        payment_id=payment,
        authorization_id=f"AUTH-{number}",
        amount=Decimal(amount).scaleb(-2),
        currency=currency,
        authorized_at=AUTHORIZED_AT,
        expires_at=expires,
    )


def capture(
    number: int,
    amount: int,
    *,
    at: datetime = CAPTURED_AT,
    currency: str | None = None,
    payment: str = "PAY-1",
    waiting_since: datetime = NOW,
) -> CapturePayment:
    """Capture an amount, in minor units."""
    return CapturePayment(
        order_id=new_order().order_id,
        payment_id=payment,
        capture_id=f"CAP-{number}",
        amount=Decimal(amount).scaleb(-2),
        currency=currency,
        captured_at=at,
        waiting_since=waiting_since,
    )


def refund(
    number: int,
    amount: int,
    *,
    currency: str | None = None,
    payment: str = "PAY-1",
    waiting_since: datetime = NOW,
) -> RefundPayment:
    """Refund an amount, in minor units."""
    return RefundPayment(
        order_id=new_order().order_id,
        payment_id=payment,
        refund_id=f"REF-{number}",
        amount=Decimal(amount).scaleb(-2),
        currency=currency,
        reason=None,
        refunded_at=REFUNDED_AT,
        waiting_since=waiting_since,
    )


def paid(order: Order, *movements: Movement, now: datetime = NOW) -> Order:
    """Apply movements one after the other."""
    for movement in movements:
        order = moved(order, movement, now)
    return order


def moved(order: Order, movement: Movement, now: datetime = NOW) -> Order:
    """Apply one movement by its rule."""
    match movement:
        case AuthorizePayment():
            decision = authorize_payment(order, movement, now)
        case CapturePayment():
            decision = capture_payment(order, movement, now)
        case RefundPayment():
            decision = refund_payment(order, movement, now)
    if decision.duplicate:
        return order
    changed = decision.changes[0]
    assert isinstance(changed, Order)
    return changed
