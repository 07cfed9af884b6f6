"""One step of a reservation as it arrives, and what the rules for it read."""

from datetime import datetime

from msgspec.structs import replace

from shared.domain.decision import State
from shared.domain.refs import Ref, reservation_ref, stock_ref
from shared.domain.reservation import Reservation, ReservationStatus
from shared.domain.reservation_events import ReleaseReason, ReservationItem
from shared.domain.stock import BEFORE_EVERY_COUNT, Stock
from shared.domain.value import Value
from shared.domain.violations import NotReserved, ReservationElsewhere

PART_ITEMS = 200
"""Items of one step: each may write its stock and a waiting place, and a commit takes 500 writes."""


class ReservationStep(Value):
    """Stock asked for, set aside, missing or released; `status` says which."""

    reservation_id: str
    order_id: str
    location_id: str
    status: ReservationStatus
    force: bool
    items: tuple[ReservationItem, ...]
    reason: ReleaseReason | None
    """Why stock is released, where that is known."""
    occurred_at: datetime
    part: int | None = None
    additional: bool = False
    answer: int = 0
    """The number of an answer; 0 for other steps, and where answers are not counted."""
    moved_from: datetime | None = None
    """The departure time that an earlier step gave these units; `occurred_at` replaces it."""


def stock_and_reservation_refs(step: ReservationStep) -> tuple[Ref, ...]:
    """Name the order's reservation, and the stock of every item unless the step is to be divided."""
    if len(step.items) > PART_ITEMS:
        return (reservation_ref(step.order_id),)
    part = () if step.part is None else (reservation_ref(step.order_id, step.part),)
    stocks = dict.fromkeys(stock_ref(step.location_id, item.sku) for item in step.items)
    return (reservation_ref(step.order_id), *part, *stocks)


def request_reservation(step: ReservationStep) -> Reservation:
    """Make the reservation of an order's first request; nothing is set aside yet."""
    return Reservation(
        order_id=step.order_id,
        reservation_id=step.reservation_id,
        location_id=step.location_id,
        status=ReservationStatus.REQUESTED,
        forced=step.force,
        items=(),
        ordered_at=step.occurred_at,
    )


def find_reservation(state: State, step: ReservationStep) -> Reservation | None:
    """Return the order's reservation; raise ReservationElsewhere where it is at another location."""
    found = state.get(reservation_ref(step.order_id))
    if not isinstance(found, Reservation):
        return None
    if found.location_id != step.location_id:
        raise ReservationElsewhere
    return found


def find_part(state: State, step: ReservationStep, reservation: Reservation) -> Reservation:
    """Return the part of a reservation that a step is for, empty before its first step.

    Raises NotReserved (too early) where the reservation does not have this part yet.
    """
    if step.part is None:
        return reservation
    found = state.get(reservation_ref(step.order_id, step.part))
    if isinstance(found, Reservation):
        return found
    if step.part >= len(reservation.parts):
        raise NotReserved
    return replace(reservation, part=step.part, parts=(), answered=None, status=ReservationStatus.REQUESTED)


def find_stock(state: State, location_id: str, sku: str) -> Stock:
    """Return the stock of a sku; without a count there is none."""
    found = state.get(stock_ref(location_id, sku))
    if isinstance(found, Stock):
        return found
    return Stock(location_id=location_id, sku=sku, on_hand=0, reserved=0, updated_at=BEFORE_EVERY_COUNT)
