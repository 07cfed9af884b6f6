"""One step of a reservation as it arrives, and what the rules for it read."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from shared.domain.decision import State
from shared.domain.refs import Ref, reservation_ref, stock_ref
from shared.domain.reservation_events import ReleaseReason, ReservationItem
from shared.domain.stock import NEVER, ReservationStatus, Stock
from shared.domain.value import Value
from shared.domain.violations import ReservationTooLarge

MAX_SKUS = 500
"""Documents of stock that one commit writes beside the reservation and the claim."""

MAX_ITEMS = 1_500
"""Items of one reservation: its document stays below 1 MiB, whatever the skus are called."""


class ReservationStep(Value):
    """Stock asked for, promised, missing or given back; `status` says which."""

    reservation_id: str
    order_id: str
    location_id: str
    status: ReservationStatus
    force: bool
    items: tuple[ReservationItem, ...]
    reason: ReleaseReason | None
    """Why stock is given back, where that is known."""
    occurred_at: datetime


def stock_and_reservation_refs(step: ReservationStep) -> tuple[Ref, ...]:
    """Name the order's reservation and the stock of every item.

    Raises ReservationTooLarge, before anything is read.
    """
    skus = units_by_sku(step.items)
    if len(skus) > MAX_SKUS:
        raise ReservationTooLarge(f"{MAX_SKUS} different skus")
    return (reservation_ref(step.order_id), *(stock_ref(step.location_id, sku) for sku in skus))


def units_by_sku(items: Iterable[ReservationItem]) -> Counter[str]:
    """Add up the units of each sku: several lines may be of one."""
    units: Counter[str] = Counter()
    for item in items:
        units[item.sku] += item.quantity
    return units


def stock_of(state: State, location_id: str, sku: str) -> Stock:
    """Take the stock of a sku from what was read; without a count there is none."""
    stock = state.get(stock_ref(location_id, sku))
    if isinstance(stock, Stock):
        return stock
    return Stock(location_id=location_id, sku=sku, on_hand=0, reserved=0, updated_at=NEVER)
