"""Money that was authorised, captured and refunded. Amounts are integers in minor units."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared.domain.value import Value
from shared.domain.violations import CurrencyMismatch, TooManyDecimals


class PaymentStatus(StrEnum):
    """How far the payment has come, compared with what is due."""

    NOT_DUE = "NOT_DUE"
    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    PARTIALLY_CAPTURED = "PARTIALLY_CAPTURED"
    CAPTURED = "CAPTURED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


class Authorization(Value):
    """An amount that the customer's bank holds until the authorisation expires."""

    authorization_id: str
    payment_id: str
    amount_minor: int
    authorized_at: datetime
    expires_at: datetime

    @property
    def ids(self) -> tuple[str, str]:
        """Identify it within the order: another payment may use the same authorisation id."""
        return self.authorization_id, self.payment_id


class Capture(Value):
    """An amount taken from the customer."""

    capture_id: str
    payment_id: str
    amount_minor: int
    captured_at: datetime

    @property
    def ids(self) -> tuple[str, str]:
        """Identify it within the order: another payment may use the same capture id."""
        return self.capture_id, self.payment_id


class Refund(Value):
    """An amount returned out of what was captured.

    The event carries the reason; the order does not: free words may name people, and an order is readable.
    """

    refund_id: str
    payment_id: str
    amount_minor: int
    refunded_at: datetime

    @property
    def ids(self) -> tuple[str, str]:
        """Identify it within the order: another payment may use the same refund id."""
        return self.refund_id, self.payment_id


class Payment(Value):
    """How an order is paid, with every movement so far."""

    method: str
    amount_minor: int
    currency: str | None = None
    """ISO 4217. None in an order that an earlier release stored, before its first authorisation."""
    decimals: int = 2
    """Digits behind the point of one unit; earlier releases stored hundredths of every currency."""
    authorizations: tuple[Authorization, ...] = ()
    captures: tuple[Capture, ...] = ()
    refunds: tuple[Refund, ...] = ()

    @property
    def captured_minor(self) -> int:
        """Sum what was captured."""
        return sum(each.amount_minor for each in self.captures)

    @property
    def refunded_minor(self) -> int:
        """Sum what was refunded."""
        return sum(each.amount_minor for each in self.refunds)


def check_currency(payment: Payment, currency: str | None) -> None:
    """Check that a movement is in the payment's currency, where both are known.

    Raises CurrencyMismatch.
    """
    if payment.currency and currency and currency != payment.currency:
        raise CurrencyMismatch


def to_minor(payment: Payment, amount: Decimal, field: str = "amount") -> int:
    """Convert an amount to minor units of the payment's currency. Raises TooManyDecimals."""
    minor = amount.scaleb(payment.decimals)
    if minor != minor.to_integral_value():
        raise TooManyDecimals(field, payment.decimals)
    return int(minor)
