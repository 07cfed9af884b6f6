"""Set stock aside for an order, or put it on the waiting lists of what is missing."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from shared.domain.decision import Decision, State
from shared.domain.divide_step import divide_step, is_divided
from shared.domain.reservation import Reservation, ReservationStatus, ReservedItem
from shared.domain.reservation_answer import with_answer
from shared.domain.reservation_events import ReservationItem
from shared.domain.reservation_step import (
    ReservationStep,
    find_part,
    find_reservation,
    find_stock,
    request_reservation,
)
from shared.domain.stock import Stock
from shared.domain.violations import NotReserved, ReservationTooLarge
from shared.domain.waiting_list import added_places

MAX_RESERVATION_ITEMS = 1_500
"""Items of one document: it stays below 1 MiB even with the longest skus."""

Items = tuple[ReservationItem, ...]


def reserve_stock(state: State, step: ReservationStep, _now: datetime) -> Decision:
    """Set aside what is there, or everything where that is forced; the order waits for the rest.

    A large request is divided. Raises NotReserved (too early) where an addition comes before the first
    request, ReservationElsewhere, ReservationTooLarge.
    """
    found = find_reservation(state, step)
    if is_divided(found, step):
        return divide_step(found, step)
    before = found or _new_reservation(step)
    part = find_part(state, step, before)
    asked, needed = _with_request(part, step.items)
    stocks, missing = _take(state, step, needed)
    part_after = _with_waiting(asked, missing)
    whole = before.with_part(part_after)
    after, answers = with_answer(
        whole,
        _answer(before, whole, step, missing),
        reservation_id=step.reservation_id,
        at=step.occurred_at,
        items=missing or step.items,
        force=step.force,
    )
    parts = () if step.part is None else (part_after,)
    return Decision(
        changes=(after, *parts, *stocks, *added_places(part, part_after, step.occurred_at)),
        events=answers,
    )


def _new_reservation(step: ReservationStep) -> Reservation:
    if step.additional or step.part is not None:
        raise NotReserved
    return request_reservation(step)


def _with_request(part: Reservation, items: Items) -> tuple[Reservation, Items]:
    """Enter what is asked for; return what of it is not released already."""
    kept = {(each.line_number, each.sku): each for each in part.items}
    needed = []
    for item in items:
        before = kept.get(key := (item.line_number, item.sku)) or _empty_item(item)
        kept[key] = after = before.with_request(item.quantity)
        if units := after.wanted - before.wanted:
            needed.append(replace(item, quantity=units))
    if len(kept) > MAX_RESERVATION_ITEMS:
        raise ReservationTooLarge(f"{MAX_RESERVATION_ITEMS} lines")
    return part.with_items(kept.values()), tuple(needed)


def _take(state: State, step: ReservationStep, items: Items) -> tuple[Iterable[Stock], Items]:
    """Promise units of each item; return the stocks as they become, and what is missing."""
    stocks: dict[str, Stock] = {}
    missing = []
    for item in items:
        stock = stocks.get(item.sku) or find_stock(state, step.location_id, item.sku)
        units = item.quantity if step.force else stock.free_units(item.quantity)
        lacking = item.quantity - units
        stocks[item.sku] = replace(stock, reserved=stock.reserved + units, waiting=stock.waiting + lacking)
        if lacking:
            missing.append(replace(item, quantity=lacking))
    return stocks.values(), tuple(missing)


def _with_waiting(part: Reservation, missing: Items) -> Reservation:
    kept = {(each.line_number, each.sku): each for each in part.items}
    for item in missing:
        before = kept[key := (item.line_number, item.sku)]
        kept[key] = replace(before, waiting=before.waiting + item.quantity)
    return part.with_items(kept.values())


def _empty_item(item: ReservationItem) -> ReservedItem:
    return ReservedItem(line_number=item.line_number, sku=item.sku, quantity=0)


def _answer(
    before: Reservation, after: Reservation, step: ReservationStep, missing: Items
) -> ReservationStatus | None:
    """Answer a request that was not divided; for parts, only what changes for the whole order.

    A substitute in stock needs no answer: its order has not asked whether it is there.
    """
    answer = ReservationStatus.BACKORDERED if missing else after.status
    if not missing and answer is not ReservationStatus.RESERVED:
        return None
    unasked = step.part is not None or (step.additional and step.force)
    return None if unasked and answer is before.last_answer else answer
