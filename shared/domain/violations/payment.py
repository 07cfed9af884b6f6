"""Why a movement of money is refused."""

from shared.errors import Deferred, RuleViolation


class CurrencyMismatch(RuleViolation):
    """A movement has another currency than the order."""

    slug = "payment.currency_mismatch"

    def __init__(self) -> None:
        super().__init__("currency: must be the order's currency")


class TooManyDecimals(RuleViolation):
    """An amount has a fraction of a minor unit of its currency (ISO 4217)."""

    slug = "payment.too_many_decimals"

    def __init__(self, field: str, decimals: int) -> None:
        super().__init__(f"{field}: must have at most {decimals} decimals in the order's currency")


class ExpiryNotAfterAuthorization(RuleViolation):
    """An authorisation expires before it is made, or at that moment."""

    slug = "payment.expiry_not_after_authorization"

    def __init__(self) -> None:
        super().__init__("expiresAt: must be after authorizedAt")


class NotAuthorized(Deferred):
    """A capture arrived before an authorisation of its payment."""

    slug = "payment.not_authorized"

    def __init__(self) -> None:
        super().__init__("paymentId: the order has no authorisation of this payment yet")


class NotCaptured(Deferred):
    """A refund arrived before the captures it returns."""

    slug = "payment.not_captured"

    def __init__(self) -> None:
        super().__init__("amount: all refunds of this payment exceed its captures so far")


class OverRefunded(RuleViolation):
    """A payment would return more than it captured."""

    slug = "payment.over_refunded"

    def __init__(self) -> None:
        super().__init__("amount: all refunds of this payment must not exceed its captures")
