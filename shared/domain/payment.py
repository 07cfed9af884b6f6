"""Money promised, taken and given back. Amounts are integers in minor units."""

from datetime import datetime
from enum import StrEnum

from shared.domain.value import Value
from shared.domain.violations import CurrencyMismatch


class PaymentStatus(StrEnum):
    """How far the payment has come, derived from its movements."""

    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    PARTIALLY_CAPTURED = "PARTIALLY_CAPTURED"
    CAPTURED = "CAPTURED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


class Authorization(Value):
    """An amount the customer's bank holds until it expires."""

    authorization_id: str
    payment_id: str
    amount_minor: int
    authorized_at: datetime
    expires_at: datetime


class Capture(Value):
    """An amount taken out of what was authorised."""

    capture_id: str
    payment_id: str
    amount_minor: int
    captured_at: datetime


class Refund(Value):
    """An amount given back out of what was captured.

    Its reason is told in the event and not kept: free words may name people, and an order is readable.
    """

    refund_id: str
    payment_id: str
    amount_minor: int
    refunded_at: datetime


class Payment(Value):
    """How an order is paid, with every movement so far."""

    method: str
    amount_minor: int
    currency: str | None = None
    """ISO 4217, known with the first authorisation."""
    authorizations: tuple[Authorization, ...] = ()
    captures: tuple[Capture, ...] = ()
    refunds: tuple[Refund, ...] = ()

    @property
    def authorized_minor(self) -> int:
        """Sum what was authorised, expired or not."""
        return sum(each.amount_minor for each in self.authorizations)

    @property
    def captured_minor(self) -> int:
        """Sum what was captured."""
        return sum(each.amount_minor for each in self.captures)

    @property
    def refunded_minor(self) -> int:
        """Sum what was refunded."""
        return sum(each.amount_minor for each in self.refunds)

    @property
    def status(self) -> PaymentStatus:
        """Derive the status from the sums, the furthest movement first."""
        if self.refunded_minor:
            whole = self.refunded_minor == self.captured_minor
            return PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED
        if self.captured_minor:
            whole = self.captured_minor == self.authorized_minor
            return PaymentStatus.CAPTURED if whole else PaymentStatus.PARTIALLY_CAPTURED
        return PaymentStatus.AUTHORIZED if self.authorized_minor else PaymentStatus.PENDING


def check_currency(payment: Payment, currency: str | None) -> None:
    """Check that a movement is in the payment's currency, where both are known.

    Raises CurrencyMismatch.
    """
    if payment.currency and currency and currency != payment.currency:
        raise CurrencyMismatch
