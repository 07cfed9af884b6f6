"""Stock and the reservations against it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from operator import attrgetter

from msgspec.structs import replace

from shared.domain.refs import Ref, reservation_ref, stock_ref
from shared.domain.value import Value

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When stock was counted that is promised before its first count: any count is newer."""


class ReservationStatus(StrEnum):
    """The life of a reservation (the statuses of the `reservation-events` contract)."""

    REQUESTED = "REQUESTED"
    RESERVED = "RESERVED"
    BACKORDERED = "BACKORDERED"
    RELEASED = "RELEASED"


class Stock(Value):
    """Units of one sku at one location: counted by the warehouse, and promised to orders."""

    location_id: str
    sku: str
    on_hand: int
    reserved: int
    updated_at: datetime
    """When the warehouse counted; NEVER before the first count."""

    @property
    def available(self) -> int:
        """Say how many units may still be promised; below zero where promises were forced."""
        return self.on_hand - self.reserved

    @property
    def ref(self) -> Ref:
        """Name the document this stock is kept in."""
        return stock_ref(self.location_id, self.sku)


class ReservedItem(Value):
    """Units of one line promised, and how many of them were given back since.

    None are promised where they were asked for and not there.
    """

    line_number: int
    sku: str
    quantity: int
    released: int = 0

    @property
    def outstanding(self) -> int:
        """Say how many units are set aside now."""
        return self.quantity - self.released


class Reservation(Value):
    """What is set aside for one order."""

    order_id: str
    reservation_id: str
    location_id: str
    status: ReservationStatus
    forced: bool
    items: tuple[ReservedItem, ...]

    @property
    def ref(self) -> Ref:
        """Name the document this reservation is kept in."""
        return reservation_ref(self.order_id)

    def with_items(self, items: Iterable[ReservedItem]) -> "Reservation":
        """Replace the items, by line; the status follows from what of them is set aside now."""
        ordered = tuple(sorted(items, key=attrgetter("line_number", "sku")))
        return replace(self, items=ordered, status=_status(ordered))


def _status(items: tuple[ReservedItem, ...]) -> ReservationStatus:
    if any(item.outstanding for item in items):
        return ReservationStatus.RESERVED
    promised = any(item.quantity for item in items)
    return ReservationStatus.RELEASED if promised else ReservationStatus.BACKORDERED
