"""What is published on `reservation-events`: stock requested, set aside, missing, released, free again."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from shared.digest import digest
from shared.domain.decision import DomainEvent, Event
from shared.domain.reservation import ReservationStatus
from shared.domain.stock import Stock
from shared.domain.value import Value


class ReservationItem(Value):
    """Units of one line of an order."""

    line_number: int
    sku: str
    quantity: int


class ReservationEvent(Event):
    """One step in a reservation's life; its ordering key is the order id."""

    topic: ClassVar[str] = "reservation-events"
    ordered_by: ClassVar[str] = "orderId"

    reservation_id: str
    location_id: str
    force: bool
    items: tuple[ReservationItem, ...]
    occurred_at: datetime
    part: int | None = None
    """The part of the order's reservation that this step is for; None where it was not divided."""


class ReservationRequested(ReservationEvent):
    """Stock is asked for; `force` takes it whatever is there."""

    type: ClassVar[str] = "reservation.requested"

    additional: bool = False
    """It adds to the order's first request, and waits until that has arrived."""
    status: ReservationStatus = ReservationStatus.REQUESTED


class ReservationReserved(ReservationEvent):
    """Everything the order asked for is set aside; `items` are what it got last."""

    type: ClassVar[str] = "reservation.reserved"

    answer: int = 0
    """Counts the answers to an order: the highest number is the latest one. 0 where they are not counted."""
    status: ReservationStatus = ReservationStatus.RESERVED


class ReservationBackordered(ReservationEvent):
    """The order waits; `items` are what is missing of this request."""

    type: ClassVar[str] = "reservation.backordered"

    answer: int = 0
    """As in `ReservationReserved`."""
    status: ReservationStatus = ReservationStatus.BACKORDERED


class ReleaseReason(StrEnum):
    """Why an order no longer reserves units, or why they are not on the shelf."""

    SHIPPED = "SHIPPED"
    SHORTED = "SHORTED"
    BACKORDERED = "BACKORDERED"
    """Not on the shelf; the order waits for others."""
    MISSING = "MISSING"
    """Not on the shelf; the order asks for them as before, until it is changed."""
    CANCELLED = "CANCELLED"
    SUBSTITUTED = "SUBSTITUTED"


class ReservationReleased(ReservationEvent):
    """Units an order no longer reserves, or that are not at the location any more; the reason says which."""

    type: ClassVar[str] = "reservation.released"

    reason: ReleaseReason | None
    moved_from: datetime | None = None
    """The departure time that an earlier step gave these units; `occurredAt` replaces it."""
    status: ReservationStatus = ReservationStatus.RELEASED


class StockFreed(DomainEvent):
    """Units of a sku are free while orders wait for them; its ordering key is location and sku."""

    topic: ClassVar[str] = "reservation-events"
    type: ClassVar[str] = "stock.freed"
    ordered_by: ClassVar[str] = "locationId:sku"

    freed_id: str
    location_id: str
    sku: str
    occurred_at: datetime


def freed_events(stocks: Iterable[Stock], *, cause: str, at: datetime) -> tuple[StockFreed, ...]:
    """Announce every stock that has free units while orders wait for them."""
    return tuple(
        StockFreed(
            ordering_key=f"{stock.location_id}:{stock.sku}",
            freed_id=digest("freed", cause, stock.location_id, stock.sku),
            location_id=stock.location_id,
            sku=stock.sku,
            occurred_at=at,
        )
        for stock in stocks
        if stock.to_allocate
    )
