"""Give back what was set aside for an order: exactly that, and only once."""

from collections import Counter
from datetime import datetime

from msgspec.structs import replace

from shared.domain.decision import Decision, State
from shared.domain.refs import reservation_ref
from shared.domain.reservation_events import ReleaseReason
from shared.domain.reservation_step import ReservationStep, stock_of, units_by_sku
from shared.domain.stock import NEVER, Reservation, Stock
from shared.domain.violations import NotReserved, ReservationElsewhere


def release_stock(state: State, step: ReservationStep, _now: datetime) -> Decision:
    """Give back the items as far as they are still set aside; shipped ones leave the stock as well.

    Raises NotReserved (too early) where the request for an item has not arrived, ReservationElsewhere.
    """
    reservation, given_back = _give_back(_reservation(state, step), step)
    changes = (
        _after(stock_of(state, step.location_id, sku), step, units=units, given_back=given_back[sku])
        for sku, units in units_by_sku(step.items).items()
    )
    return Decision(changes=(reservation, *(stock for stock in changes if stock is not None)))


def _reservation(state: State, step: ReservationStep) -> Reservation:
    found = state.get(reservation_ref(step.order_id))
    if not isinstance(found, Reservation):
        raise NotReserved
    if found.location_id != step.location_id:
        raise ReservationElsewhere
    return found


def _give_back(reservation: Reservation, step: ReservationStep) -> tuple[Reservation, Counter[str]]:
    """Release each item up to what is outstanding; say how many units of each sku that makes."""
    kept = {(each.line_number, each.sku): each for each in reservation.items}
    given_back: Counter[str] = Counter()
    for item in step.items:
        key = item.line_number, item.sku
        if key not in kept:
            raise NotReserved
        units = min(item.quantity, kept[key].outstanding)
        kept[key] = replace(kept[key], released=kept[key].released + units)
        given_back[item.sku] += units
    return reservation.with_items(kept.values()), given_back


def _after(stock: Stock, step: ReservationStep, *, units: int, given_back: int) -> Stock | None:
    left = units if _left_after_count(stock, step) else 0
    if not left and not given_back:
        return None
    return replace(stock, on_hand=stock.on_hand - left, reserved=stock.reserved - given_back)


def _left_after_count(stock: Stock, step: ReservationStep) -> bool:
    """Say whether the units were still there when the stock was counted: a later count is without them."""
    return step.reason is ReleaseReason.SHIPPED and NEVER < stock.updated_at < step.occurred_at
