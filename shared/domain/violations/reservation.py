"""Why stock cannot be set aside or released."""

from shared.errors import Deferred, RuleViolation


class ReservationTooLarge(RuleViolation):
    """Further requests add too many lines to a reservation that was not divided."""

    slug = "reservation.too_large"

    def __init__(self, limit: str) -> None:
        super().__init__(f"items: must not have more than {limit}")


class ReservationElsewhere(RuleViolation):
    """A request names another location than the order's reservation."""

    slug = "reservation.location_mismatch"

    def __init__(self) -> None:
        super().__init__("locationId: must be the location the order's reservation is at")


class NotReserved(Deferred):
    """A release or an addition came before the request it builds on."""

    slug = "reservation.not_found"

    def __init__(self) -> None:
        super().__init__("items: the order has not requested this stock yet")
