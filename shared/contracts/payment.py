"""`payment-authorized`, `payment-captured`, `payment-refunded` (requirements 5)."""

from typing import ClassVar, Self

from pydantic import Field

from shared.contracts.contract import Contract
from shared.contracts.field_types import Amount, Currency, Identifier, OptionalText
from shared.contracts.time_types import Expiry, Moment, WaitingSince
from shared.domain.authorize_payment import AuthorizePayment
from shared.domain.capture_payment import CapturePayment
from shared.domain.refund_payment import RefundPayment


class PaymentAuthorization(Contract):
    """An amount the customer's bank holds for an order (requirements 5.1)."""

    order_id: Identifier
    payment_id: Identifier
    authorization_id: Identifier
    """Identifies the authorisation, together with paymentId."""
    amount: Amount
    currency: Currency
    authorized_at: Moment
    expires_at: Expiry
    """Must be after authorizedAt."""

    def to_command(self) -> AuthorizePayment:
        """Return the command that `authorize_payment` decides on."""
        return AuthorizePayment(
            order_id=self.order_id,
            payment_id=self.payment_id,
            authorization_id=self.authorization_id,
            amount=self.amount,
            currency=self.currency,
            authorized_at=self.authorized_at,
            expires_at=self.expires_at,
        )


class PaymentCapture(Contract):
    """An amount taken for an order (requirements 5.2)."""

    attribute_fields: ClassVar[frozenset[str]] = frozenset({"waitingSince"})

    order_id: Identifier
    payment_id: Identifier
    capture_id: Identifier
    """Identifies the capture, together with paymentId."""
    amount: Amount
    currency: Currency | None = None
    """Must be the order's currency, which it is without this field, too."""
    captured_at: Moment
    waiting_since: WaitingSince = Field(exclude=True)

    def to_command(self) -> CapturePayment:
        """Return the command that `capture_payment` decides on."""
        return CapturePayment(
            order_id=self.order_id,
            payment_id=self.payment_id,
            capture_id=self.capture_id,
            amount=self.amount,
            currency=self.currency,
            captured_at=self.captured_at,
            waiting_since=self.waiting_since,
        )


class PaymentRefund(Contract):
    """An amount returned to the customer."""

    attribute_fields: ClassVar[frozenset[str]] = frozenset({"waitingSince"})

    order_id: Identifier
    payment_id: Identifier
    refund_id: Identifier
    """Identifies the refund, together with paymentId."""
    amount: Amount
    currency: Currency | None = None
    """Must be the order's currency, which it is without this field, too."""
    reason: OptionalText = None
    refunded_at: Moment
    waiting_since: WaitingSince = Field(exclude=True)

    def canonical(self) -> Self:
        """Leave the reason out: it is words for people."""
        return self.model_copy(update={"reason": None})

    def to_command(self) -> RefundPayment:
        """Return the command that `refund_payment` decides on."""
        return RefundPayment(
            order_id=self.order_id,
            payment_id=self.payment_id,
            refund_id=self.refund_id,
            amount=self.amount,
            currency=self.currency,
            reason=self.reason,
            refunded_at=self.refunded_at,
            waiting_since=self.waiting_since,
        )
