"""Stock and the reservations against it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.refs import Ref, reservation_ref, stock_ref


class ReservationStatus(StrEnum):
    """The life of a reservation (the statuses of the `reservation-events` contract)."""

    REQUESTED = "REQUESTED"
    RESERVED = "RESERVED"
    BACKORDERED = "BACKORDERED"
    RELEASED = "RELEASED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Units of one sku at one location: counted by the warehouse, and promised to orders."""

    location_id: str
    sku: str
    on_hand: int
    reserved: int
    updated_at: datetime

    @property
    def ref(self) -> Ref:
        """Name the document this stock is kept in."""
        return stock_ref(self.location_id, self.sku)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedItem:
    """Units of one line promised, and how many of them were given back since."""

    line_number: int
    sku: str
    quantity: int
    released: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
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
