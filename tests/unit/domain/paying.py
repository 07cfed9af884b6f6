"""The example order and what is said about its payment."""

from datetime import UTC, datetime, timedelta

from shared.contracts.order_create import OrderCreate
from shared.domain.authorize_payment import AuthorizePayment, authorize_payment
from shared.domain.capture_payment import CapturePayment, capture_payment
from shared.domain.create_order import create_order
from shared.domain.order import Order
from shared.domain.refund_payment import RefundPayment, refund_payment
from tests.examples import example

NOW = datetime(2024, 1, 11, tzinfo=UTC)
AUTHORIZED_AT = datetime(2024, 1, 10, 10, 5, tzinfo=UTC)
EXPIRES_AT = AUTHORIZED_AT + timedelta(days=7)
CAPTURED_AT = datetime(2024, 1, 10, 16, tzinfo=UTC)
REFUNDED_AT = datetime(2024, 1, 12, 9, 30, tzinfo=UTC)

Movement = AuthorizePayment | CapturePayment | RefundPayment


def new_order() -> Order:
    """Create the order of requirements 2.2: 1,333.98, forced."""
    command = OrderCreate.parse(example("order_create").payload, {}).to_command()
    order = create_order(None, command, NOW).changes[0]
    assert isinstance(order, Order)
    return order


def authorization(
    number: int, amount: int, *, expires: datetime = EXPIRES_AT, currency: str = "THB"
) -> AuthorizePayment:
    """Authorise an amount, in minor units."""
    return AuthorizePayment(
        order_id=new_order().order_id,
        payment_id="PAY-1",
        authorization_id=f"AUTH-{number}",
        amount_minor=amount,
        currency=currency,
        authorized_at=AUTHORIZED_AT,
        expires_at=expires,
    )


def capture(
    number: int, amount: int, *, at: datetime = CAPTURED_AT, currency: str | None = None
) -> CapturePayment:
    """Capture an amount, in minor units."""
    return CapturePayment(
        order_id=new_order().order_id,
        payment_id="PAY-1",
        capture_id=f"CAP-{number}",
        amount_minor=amount,
        currency=currency,
        captured_at=at,
    )


def refund(number: int, amount: int, *, currency: str | None = None) -> RefundPayment:
    """Refund an amount, in minor units."""
    return RefundPayment(
        order_id=new_order().order_id,
        payment_id="PAY-1",
        refund_id=f"REF-{number}",
        amount_minor=amount,
        currency=currency,
        reason=None,
        refunded_at=REFUNDED_AT,
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
    changed = decision.changes[0]
    assert isinstance(changed, Order)
    return changed
