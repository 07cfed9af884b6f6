"""What has to happen to the money after something was cancelled. Amounts are integers in minor units."""

from enum import StrEnum

from shared.domain.order import Order, OrderStatus
from shared.domain.value import Value


class PaymentAction(StrEnum):
    """What the payment service is to do, the weightier where it is both."""

    NONE = "NONE"
    VOID = "VOID"
    REFUND = "REFUND"


class PaymentDue(Value):
    """How much of a payment is to be voided and refunded."""

    action: PaymentAction
    void_minor: int
    refund_minor: int
    currency: str | None


def payment_due(order: Order) -> PaymentDue:
    """Compare what was taken with what the order costs now.

    What was captured beyond the total is to be refunded; what was authorised and not captured is to
    be voided where the order is cancelled.
    """
    payment = order.payment
    refund = max(0, payment.captured_minor - payment.refunded_minor - order.totals.total_minor)
    left = max(0, payment.authorized_minor - payment.captured_minor)
    void = left if order.status is OrderStatus.CANCELLED else 0
    action = PaymentAction.VOID if void else PaymentAction.NONE
    return PaymentDue(
        action=PaymentAction.REFUND if refund else action,
        void_minor=void,
        refund_minor=refund,
        currency=payment.currency,
    )
