"""Why stock cannot be set aside or released."""

from shared.errors import Deferred, RuleViolation


class ReservationTooLarge(RuleViolation):
    """Further requests can add only so many lines to a reservation that was not divided."""

    slug = "reservation.too_large"

    def __init__(self, limit: str) -> None:
        super().__init__(f"items: must not have more than {limit}")


class ReservationElsewhere(RuleViolation):
    """An order's stock is reserved at one location."""

    slug = "reservation.location_mismatch"

    def __init__(self) -> None:
        super().__init__("locationId: must be the location the order's reservation is at")


class NotReserved(Deferred):
    """A release or an addition came before the request it builds on."""

    slug = "reservation.not_found"

    def __init__(self) -> None:
        super().__init__("items: the order has not requested this stock yet")
