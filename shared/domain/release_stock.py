"""Release what an order no longer asks for: exactly that, and only once."""

from datetime import datetime

from msgspec.structs import replace

from shared.domain.decision import Decision, State
from shared.domain.divide_step import divide_step, is_divided
from shared.domain.reservation import Reservation, ReservationStatus, ReservedItem
from shared.domain.reservation_answer import answer_if_complete, with_answer
from shared.domain.reservation_events import ReleaseReason, ReservationItem, freed_events
from shared.domain.reservation_step import ReservationStep, find_part, find_reservation, find_stock
from shared.domain.stock import Stock
from shared.domain.violations import NotReserved
from shared.domain.waiting_list import added_places, removed_places

DEPARTED_REASONS = frozenset(
    {ReleaseReason.SHIPPED, ReleaseReason.SHORTED, ReleaseReason.BACKORDERED, ReleaseReason.MISSING}
)
"""Reasons of units that are not at the location any more: they left, or are missing from the shelf."""


def release_stock(state: State, step: ReservationStep, _now: datetime) -> Decision:
    """Release items as far as the order still asks for them; departed ones leave the stock as well.

    Backordered units are asked for as before, but waited for. An order without any missing unit is reserved.
    Free units then go to the orders that wait for them. A large release is divided.
    Raises NotReserved (too early) where the request for an item has not arrived, ReservationElsewhere.
    """
    before = find_reservation(state, step)
    if is_divided(before, step):
        return divide_step(before, step)
    if before is None:
        raise NotReserved
    part = find_part(state, step, before)
    part_after, stocks = _release(state, part, step)
    whole = before.with_part(part_after)
    waits = _find_newly_waiting(part, part_after)
    after, answers = with_answer(
        whole,
        ReservationStatus.BACKORDERED if waits else answer_if_complete(before, whole),
        reservation_id=f"{step.reservation_id}:answer",
        at=step.occurred_at,
        items=waits,
    )
    parts = () if step.part is None else (part_after,)
    freed = freed_events(stocks.values(), cause=step.reservation_id, at=step.occurred_at)
    return Decision(
        changes=(
            after,
            *parts,
            *_find_changed_stocks(state, stocks),
            *added_places(part, part_after, step.occurred_at),
        ),
        events=(*answers, *freed),
        removed=removed_places(part, part_after),
    )


def _release(state: State, part: Reservation, step: ReservationStep) -> tuple[Reservation, dict[str, Stock]]:
    kept = {(each.line_number, each.sku): each for each in part.items}
    stocks: dict[str, Stock] = {}
    for item in step.items:
        before = kept.get(key := (item.line_number, item.sku))
        if before is None:
            raise NotReserved
        stock = stocks.get(item.sku) or find_stock(state, step.location_id, item.sku)
        departed = _with_departure(stock, step, item.quantity)
        kept[key] = after = _release_item(before, item, step.reason, departed)
        stocks[item.sku] = replace(
            departed,
            reserved=stock.reserved - before.set_aside + after.set_aside,
            waiting=stock.waiting - before.waiting + after.waiting,
        )
    return part.with_items(kept.values()), stocks


def _with_departure(stock: Stock, step: ReservationStep, units: int) -> Stock:
    """Record that units left; a step with `moved_from` replaces the record of that time."""
    if step.reason not in DEPARTED_REASONS:
        return stock
    if step.moved_from is not None:
        stock = stock.with_departure(step.moved_from, -units)
    return stock.with_departure(step.occurred_at, units)


def _release_item(
    before: ReservedItem, item: ReservationItem, reason: ReleaseReason | None, stock: Stock
) -> ReservedItem:
    """Release units: departed ones first from those set aside, others first from those waited for."""
    if reason is ReleaseReason.MISSING:
        return before
    if reason is ReleaseReason.BACKORDERED:
        return _reserve_others(before, min(item.quantity, before.set_aside), stock)
    after = before.with_release(item.quantity)
    units = before.wanted - after.wanted
    waited_for = (
        max(0, units - before.set_aside) if reason in DEPARTED_REASONS else min(units, before.waiting)
    )
    return replace(after, waiting=before.waiting - waited_for)


def _reserve_others(before: ReservedItem, lost: int, stock: Stock) -> ReservedItem:
    """Set other units aside for those that are not there, or wait for them."""
    others = replace(stock, reserved=stock.reserved - lost).free_units(lost)
    return replace(before, waiting=before.waiting + lost - others)


def _find_changed_stocks(state: State, stocks: dict[str, Stock]) -> tuple[Stock, ...]:
    return tuple(
        stock for stock in stocks.values() if stock != find_stock(state, stock.location_id, stock.sku)
    )


def _find_newly_waiting(part: Reservation, after: Reservation) -> tuple[ReservationItem, ...]:
    """Name the units that were set aside and are waited for now."""
    return tuple(
        ReservationItem(line_number=was.line_number, sku=was.sku, quantity=becomes.waiting - was.waiting)
        for was, becomes in zip(part.items, after.items, strict=True)
        if becomes.waiting > was.waiting
    )
