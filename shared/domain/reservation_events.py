"""What is told on `reservation-events`: stock asked for, promised, missing, given back."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from shared.domain.decision import Event
from shared.domain.stock import ReservationStatus
from shared.domain.value import Value


class ReservationItem(Value):
    """Units of one line of an order."""

    line_number: int
    sku: str
    quantity: int


class ReservationEvent(Event):
    """One step in a reservation's life; its ordering key is the order id."""

    topic: ClassVar[str] = "reservation-events"

    reservation_id: str
    location_id: str
    force: bool
    items: tuple[ReservationItem, ...]
    occurred_at: datetime


class ReservationRequested(ReservationEvent):
    """Stock is asked for; `force` takes it whatever is there."""

    type: ClassVar[str] = "reservation.requested"

    status: ReservationStatus = ReservationStatus.REQUESTED


class ReleaseReason(StrEnum):
    """Why units of an order are no longer set aside."""

    SHIPPED = "SHIPPED"
    SHORTED = "SHORTED"
    CANCELLED = "CANCELLED"
    SUBSTITUTED = "SUBSTITUTED"


class ReservationReleased(ReservationEvent):
    """Units an order no longer claims; shipped units have left the location as well."""

    type: ClassVar[str] = "reservation.released"

    reason: ReleaseReason
    status: ReservationStatus = ReservationStatus.RELEASED
