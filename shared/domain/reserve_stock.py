"""Set stock aside for an order: all lines or none."""

from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import Decision, State
from shared.domain.refs import reservation_ref
from shared.domain.reservation_events import ReservationEvent, ReservationItem
from shared.domain.reservation_step import MAX_ITEMS, ReservationStep, stock_of, units_by_sku
from shared.domain.stock import Reservation, ReservationStatus, ReservedItem
from shared.domain.violations import ReservationElsewhere, ReservationTooLarge


class ReservationReserved(ReservationEvent):
    """Everything that was asked for is set aside."""

    type: ClassVar[str] = "reservation.reserved"

    status: ReservationStatus = ReservationStatus.RESERVED


class ReservationBackordered(ReservationEvent):
    """Something that was asked for is missing, so nothing of it is set aside."""

    type: ClassVar[str] = "reservation.backordered"

    status: ReservationStatus = ReservationStatus.BACKORDERED


def reserve_stock(state: State, step: ReservationStep, _now: datetime) -> Decision:
    """Promise the items to the order where all of them are there, or in any case where that is forced.

    A further request of the same order adds to what it has. Raises ReservationElsewhere,
    ReservationTooLarge.
    """
    reservation = _reservation(state, step)
    stocks = [
        (stock_of(state, step.location_id, sku), units) for sku, units in units_by_sku(step.items).items()
    ]
    if not step.force and any(stock.available < units for stock, units in stocks):
        unmet = tuple(replace(item, quantity=0) for item in step.items)
        return Decision(
            changes=(_extended(reservation, unmet),), events=(_answer(ReservationBackordered, step),)
        )
    promised = (replace(stock, reserved=stock.reserved + units) for stock, units in stocks)
    return Decision(
        changes=(_extended(reservation, step.items), *promised), events=(_answer(ReservationReserved, step),)
    )


def _reservation(state: State, step: ReservationStep) -> Reservation:
    found = state.get(reservation_ref(step.order_id))
    if not isinstance(found, Reservation):
        return Reservation(
            order_id=step.order_id,
            reservation_id=step.reservation_id,
            location_id=step.location_id,
            status=ReservationStatus.BACKORDERED,
            forced=step.force,
            items=(),
        )
    if found.location_id != step.location_id:
        raise ReservationElsewhere
    return replace(found, forced=found.forced or step.force)


def _extended(reservation: Reservation, items: tuple[ReservationItem, ...]) -> Reservation:
    kept = {(each.line_number, each.sku): each for each in reservation.items}
    for item in items:
        key = item.line_number, item.sku
        before = kept.get(key) or ReservedItem(line_number=item.line_number, sku=item.sku, quantity=0)
        kept[key] = replace(before, quantity=before.quantity + item.quantity)
    if len(kept) > MAX_ITEMS:
        raise ReservationTooLarge(f"{MAX_ITEMS} lines")
    return reservation.with_items(kept.values())


def _answer(
    answer: type[ReservationReserved | ReservationBackordered], step: ReservationStep
) -> ReservationEvent:
    return answer(
        ordering_key=step.order_id,
        order_id=step.order_id,
        reservation_id=step.reservation_id,
        location_id=step.location_id,
        force=step.force,
        items=step.items,
        occurred_at=step.occurred_at,
    )
