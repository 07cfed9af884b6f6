"""Keep stock, reservations and waiting lists, and set the allocation of orders (requirements 1.2)."""

from datetime import datetime

from shared.bootstrap.consumer import build_consumer
from shared.consumer.routes import Route, Routes, on_order, order_refs
from shared.contracts.inventory import InventoryUpdate, Reservation, StockFreed
from shared.domain.allocate_order import allocate_order, backorder_order
from shared.domain.allocate_waiting import allocate_waiting, freed_stock_refs, waiting_refs
from shared.domain.decision import Decision, State
from shared.domain.refs import Ref
from shared.domain.release_stock import release_stock
from shared.domain.reservation import ReservationStatus
from shared.domain.reservation_step import ReservationStep, stock_and_reservation_refs
from shared.domain.reserve_stock import reserve_stock
from shared.domain.update_stock import counted_stock_refs, update_stock

RESERVATION_STEPS = {
    ReservationStatus.REQUESTED: (stock_and_reservation_refs, reserve_stock),
    ReservationStatus.RESERVED: (order_refs, on_order(allocate_order)),
    ReservationStatus.BACKORDERED: (order_refs, on_order(backorder_order)),
    ReservationStatus.RELEASED: (stock_and_reservation_refs, release_stock),
}
"""What each step of a reservation reads, and the rule that decides on it."""


def reservation_refs(step: ReservationStep) -> tuple[Ref, ...]:
    """Name what a step reads."""
    refs, _ = RESERVATION_STEPS[step.status]
    return refs(step)


def decide_on_reservation(state: State, step: ReservationStep, now: datetime) -> Decision:
    """Decide by the rule of a step's status."""
    _, decide = RESERVATION_STEPS[step.status]
    return decide(state, step, now)


UPDATE = Route(
    scope="inventory_update",
    contract=InventoryUpdate,
    key=lambda command: command.update_id,
    refs=counted_stock_refs,
    decide=update_stock,
)

RESERVATION = Route(
    scope="reservation",
    contract=Reservation,
    key=lambda step: f"{step.status}:{step.reservation_id}",
    refs=reservation_refs,
    decide=decide_on_reservation,
)

FREED = Route(
    scope="stock_freed",
    contract=StockFreed,
    key=lambda command: command.freed_id,
    refs=freed_stock_refs,
    further_refs=waiting_refs,
    decide=allocate_waiting,
)

ROUTES: Routes = {
    ("inventory-update", None): UPDATE,
    ("reservation-events", None): RESERVATION,
    ("reservation-events", "stock.freed"): FREED,
}

handle = build_consumer(ROUTES)
