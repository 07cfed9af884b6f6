"""What is told on `reservation-events`: stock asked for, promised, missing, given back."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from shared.domain.decision import Event
from shared.domain.stock import ReservationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationItem:
    """Units of one line of an order."""

    line_number: int
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationEvent(Event):
    """One step in a reservation's life; its ordering key is the order id."""

    topic: ClassVar[str] = "reservation-events"

    reservation_id: str
    location_id: str
    force: bool
    items: tuple[ReservationItem, ...]
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationRequested(ReservationEvent):
    """Stock is asked for; `force` takes it whatever is there."""

    type: ClassVar[str] = "reservation.requested"

    status: ReservationStatus = ReservationStatus.REQUESTED
