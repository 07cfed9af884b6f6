"""Why a movement of money is refused."""

from shared.errors import Deferred, RuleViolation


class CurrencyMismatch(RuleViolation):
    """An order is paid in one currency, that of its first authorisation."""

    slug = "payment.currency_mismatch"

    def __init__(self) -> None:
        super().__init__("currency: must be that of the order's first authorisation")


class ExpiryNotAfterAuthorization(RuleViolation):
    """An authorisation holds for some time."""

    slug = "payment.expiry_not_after_authorization"

    def __init__(self) -> None:
        super().__init__("expiresAt: must be after authorizedAt")


class NotAuthorized(Deferred):
    """Money was taken before an authorisation has arrived."""

    slug = "payment.not_authorized"

    def __init__(self) -> None:
        super().__init__("amount: the order has no authorisation yet")


class OverCaptured(RuleViolation):
    """No more is taken than was authorised."""

    slug = "payment.over_captured"

    def __init__(self) -> None:
        super().__init__("amount: all captures together must not exceed what is authorised")


class AuthorizationExpired(RuleViolation):
    """Money is taken before the authorisation of it expires (requirements 5.1)."""

    slug = "payment.authorization_expired"

    def __init__(self) -> None:
        super().__init__(
            "capturedAt: must be before expiresAt of the authorisations the amount is taken from"
        )


class NotCaptured(Deferred):
    """Money was given back before it was taken."""

    slug = "payment.not_captured"

    def __init__(self) -> None:
        super().__init__("amount: the order has no capture yet")


class OverRefunded(RuleViolation):
    """No more is given back than was taken."""

    slug = "payment.over_refunded"

    def __init__(self) -> None:
        super().__init__("amount: all refunds together must not exceed what is captured")
