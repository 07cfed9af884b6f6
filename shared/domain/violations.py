"""Why the rules say no: each with a slug operators filter by, and a text that names field and rule."""

from shared.errors import Deferred, RuleViolation


class OrderExists(RuleViolation):
    """The order id is taken, though the claim that created it is gone."""

    slug = "order.exists"

    def __init__(self) -> None:
        super().__init__("orderId: an order with this id exists already")


class DuplicateLine(RuleViolation):
    """Line numbers are unique within a message."""

    slug = "order.duplicate_line"

    def __init__(self) -> None:
        super().__init__("lineItems.lineNumber: must be unique within the order")


class TotalsMismatch(RuleViolation):
    """The amounts of an order add up (requirements 2.2)."""

    slug = "order.totals_mismatch"

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: must equal {rule}")


class OrderNotFound(Deferred):
    """The order has not arrived yet."""

    slug = "order.not_found"

    def __init__(self) -> None:
        super().__init__("orderId: no order with this id yet")


class IllegalMove(RuleViolation):
    """The order's status rules the move out for good; the slug names both."""

    slug = "order.illegal"

    def __init__(self, status: str, move: str) -> None:
        super().__init__("orderId: the order's status does not allow this any more")
        self.slug = f"order.illegal.{status.lower()}.{move}"


class MoveTooEarly(Deferred):
    """The order's status does not allow the move yet; the slug names both."""

    slug = "order.too_early"

    def __init__(self, status: str, move: str) -> None:
        super().__init__("orderId: the order's status does not allow this yet")
        self.slug = f"order.too_early.{status.lower()}.{move}"


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


class ReservationTooLarge(RuleViolation):
    """A reservation and all the stock it touches are written in one commit."""

    slug = "reservation.too_large"

    def __init__(self, limit: str) -> None:
        super().__init__(f"items: must not have more than {limit}")


class ReservationElsewhere(RuleViolation):
    """An order's stock is reserved at one location."""

    slug = "reservation.location_mismatch"

    def __init__(self) -> None:
        super().__init__("locationId: must be the location the order's reservation is at")


class NotReserved(Deferred):
    """Stock is given back before the request for it has arrived."""

    slug = "reservation.not_found"

    def __init__(self) -> None:
        super().__init__("items: stock of the order was not asked for yet")
