"""Allocate free units to the orders that wait for them, first come first served (see `waiting_list`)."""

from datetime import datetime

from msgspec.structs import replace

from shared.domain.decision import STALE, Decision, DomainEvent, Entity, State
from shared.domain.refs import Ref, reservation_ref, stock_ref, waiting_list_ref
from shared.domain.reservation import Reservation
from shared.domain.reservation_answer import answer_if_complete, with_answer
from shared.domain.reservation_events import ReservationItem, freed_events
from shared.domain.reservation_step import find_stock
from shared.domain.value import Value
from shared.domain.waiting_list import WaitingList, WaitingOrder


class AllocateWaiting(Value):
    """Allocate the free units of a sku at a location; there may be none, and no order that waits."""

    freed_id: str
    location_id: str
    sku: str
    occurred_at: datetime


def freed_stock_refs(command: AllocateWaiting) -> tuple[Ref, ...]:
    """Name only the stock: most often its free units are taken already, and no list need be read."""
    return (stock_ref(command.location_id, command.sku),)


def waiting_refs(state: State, command: AllocateWaiting) -> tuple[Ref, ...]:
    """Name the waiting list where there are units for it, then the reservations of its orders.

    The list is read after the stock. A place that is added later changes the stock, so that the commit fails.
    """
    if not find_stock(state, command.location_id, command.sku).to_allocate:
        return ()
    list_ref = waiting_list_ref(command.location_id, command.sku)
    found = state.get(list_ref)
    if not isinstance(found, WaitingList):
        return (list_ref,)
    reservations = (ref for order in found.orders for ref in _reservation_refs(order))
    return tuple(dict.fromkeys(reservations))


def _reservation_refs(order: WaitingOrder) -> tuple[Ref, ...]:
    whole = reservation_ref(order.order_id)
    return (whole,) if order.part is None else (whole, reservation_ref(order.order_id, order.part))


def allocate_waiting(state: State, command: AllocateWaiting, _now: datetime) -> Decision:
    """Give free units to the first orders of the list, and go on in another step where units are left."""
    waiting_list = state.get(waiting_list_ref(command.location_id, command.sku))
    stock = find_stock(state, command.location_id, command.sku)
    if not isinstance(waiting_list, WaitingList) or not stock.to_allocate:
        return STALE
    at = max(command.occurred_at, stock.updated_at)  # a release may be processed after a newer count
    reservations = {ref: each for ref, each in state.items() if isinstance(each, Reservation)}
    changes: dict[Ref, Entity] = {}
    events: list[DomainEvent] = []
    removed: list[Ref] = []
    for place in waiting_list.orders:
        if not stock.to_allocate:
            break
        served = _serve(reservations, place, stock.to_allocate, command.freed_id, at)
        units = served.units
        stock = replace(stock, reserved=stock.reserved + units, waiting=stock.waiting - units)
        after = {each.ref: each for each in served.reservations}
        reservations |= after
        changes |= after
        events += served.events
        removed += served.removed
    return Decision(
        changes=(stock, *changes.values()),
        events=(*events, *freed_events([stock], cause=command.freed_id, at=at)),
        removed=tuple(removed),
    )


class _Served(Value):
    """What one waiting order got, and its places that leave the list."""

    units: int = 0
    reservations: tuple[Reservation, ...] = ()
    events: tuple[DomainEvent, ...] = ()
    removed: tuple[Ref, ...] = ()


def _serve(
    reservations: dict[Ref, Reservation], place: WaitingOrder, free: int, freed_id: str, at: datetime
) -> _Served:
    before = reservations.get(reservation_ref(place.order_id))
    part = reservations.get(reservation_ref(place.order_id, place.part))
    if before is None or part is None or not part.waiting(place.sku):
        return _Served(removed=(place.ref,))
    part_after, items = _with_units(part, place.sku, free)
    whole = before.with_part(part_after)
    after, answers = with_answer(
        whole,
        answer_if_complete(before, whole),
        reservation_id=f"{place.order_id}:{freed_id}",
        at=at,
        items=items,
    )
    return _Served(
        units=sum(item.quantity for item in items),
        reservations=(part_after, after),
        events=answers,
        removed=() if part_after.waiting(place.sku) else (place.ref,),
    )


def _with_units(part: Reservation, sku: str, free: int) -> tuple[Reservation, tuple[ReservationItem, ...]]:
    """Set units aside for the lines of a sku, in the order of their numbers."""
    kept, given = [], []
    for item in part.items:
        units = min(free, item.waiting) if item.sku == sku else 0
        free -= units
        kept.append(replace(item, waiting=item.waiting - units))
        if units:
            given.append(ReservationItem(line_number=item.line_number, sku=sku, quantity=units))
    return part.with_items(kept), tuple(given)
