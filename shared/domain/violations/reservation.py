"""Why stock cannot be set aside or given back."""

from shared.errors import Deferred, RuleViolation


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
