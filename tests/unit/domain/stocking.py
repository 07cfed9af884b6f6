"""Stock at one location, and steps of reservations against it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from shared.domain.decision import Decision, Entity, State
from shared.domain.refs import Ref, reservation_ref, stock_ref
from shared.domain.release_stock import release_stock
from shared.domain.reservation import Reservation, ReservationStatus
from shared.domain.reservation_events import ReleaseReason, ReservationItem
from shared.domain.reservation_step import ReservationStep
from shared.domain.reserve_stock import reserve_stock
from shared.domain.stock import Stock
from shared.domain.waiting_list import WaitingList

LOCATION = "LOC-BKK-001"
COUNTED_AT = datetime(2024, 1, 10, 9, tzinfo=UTC)
HAPPENED_AT = COUNTED_AT + timedelta(hours=1)
NOW = COUNTED_AT + timedelta(hours=2)

Written = dict[Ref, Entity | WaitingList]
"""What is stored after some steps."""

RULES = {ReservationStatus.REQUESTED: reserve_stock, ReservationStatus.RELEASED: release_stock}


def stock(sku: str = "A", on_hand: int = 0, *, reserved: int = 0, waiting: int = 0) -> Stock:
    """Count a sku."""
    return Stock(
        location_id=LOCATION,
        sku=sku,
        on_hand=on_hand,
        reserved=reserved,
        waiting=waiting,
        updated_at=COUNTED_AT,
    )


def items(*lines: tuple[int, str, int]) -> tuple[ReservationItem, ...]:
    """List items by line number, sku and quantity."""
    return tuple(
        ReservationItem(line_number=number, sku=sku, quantity=quantity) for number, sku, quantity in lines
    )


def request(
    *lines: tuple[int, str, int],
    order: str = "O-1",
    name: str = "O-1",
    force: bool = False,
    location: str = LOCATION,
) -> ReservationStep:
    """Ask for stock."""
    return ReservationStep(
        reservation_id=name,
        order_id=order,
        location_id=location,
        status=ReservationStatus.REQUESTED,
        force=force,
        items=items(*lines),
        reason=None,
        occurred_at=HAPPENED_AT,
    )


def release(
    *lines: tuple[int, str, int],
    order: str = "O-1",
    reason: ReleaseReason | None = ReleaseReason.CANCELLED,
    at: datetime = HAPPENED_AT,
    location: str = LOCATION,
) -> ReservationStep:
    """Release stock."""
    return ReservationStep(
        reservation_id=f"{order}:release",
        order_id=order,
        location_id=location,
        status=ReservationStatus.RELEASED,
        force=False,
        items=items(*lines),
        reason=reason,
        occurred_at=at,
    )


def state_of(*entities: Entity) -> Written:
    """Store entities under their names."""
    return {each.ref: each for each in entities}


def applied(state: State, steps: Iterable[ReservationStep]) -> Written:
    """Apply steps one after the other."""
    for step in steps:
        state = changed(state, RULES[step.status](state, step, NOW))
    return dict(state)


def changed(state: State, decision: Decision) -> Written:
    """Write a decision's changes over the state, and remove what it removes."""
    written = {**state, **state_of(*decision.changes)}
    return {ref: each for ref, each in written.items() if ref not in decision.removed}


def stock_in(state: State, sku: str = "A") -> Stock:
    """Find the stock of a sku, which must exist."""
    found = state[stock_ref(LOCATION, sku)]
    assert isinstance(found, Stock)
    return found


def reservation_in(state: State, order: str = "O-1") -> Reservation:
    """Find an order's reservation, which must exist."""
    found = state[reservation_ref(order)]
    assert isinstance(found, Reservation)
    return found
