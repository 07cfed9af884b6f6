"""Keep stock, reservations and waiting lists, and set the allocation of orders (requirements 1.2)."""

from shared.bootstrap.consumer import build_consumer
from shared.consumer.routes import Route, Routes, on_order, order_refs
from shared.contracts.inventory import InventoryUpdate, Reservation, StockFreed
from shared.domain.allocate_order import allocate_order, backorder_order
from shared.domain.allocate_waiting import allocate_waiting, freed_stock_refs, waiting_refs
from shared.domain.release_stock import release_stock
from shared.domain.reservation import ReservationStatus
from shared.domain.reservation_step import stock_and_reservation_refs
from shared.domain.reserve_stock import reserve_stock
from shared.domain.update_stock import counted_stock_refs, update_stock

RESERVATION_REFS = {
    ReservationStatus.REQUESTED: stock_and_reservation_refs,
    ReservationStatus.RESERVED: order_refs,
    ReservationStatus.BACKORDERED: order_refs,
    ReservationStatus.RELEASED: stock_and_reservation_refs,
}
RESERVATION_RULES = {
    ReservationStatus.REQUESTED: reserve_stock,
    ReservationStatus.RESERVED: on_order(allocate_order),
    ReservationStatus.BACKORDERED: on_order(backorder_order),
    ReservationStatus.RELEASED: release_stock,
}

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
    refs=lambda step: RESERVATION_REFS[step.status](step),
    decide=lambda state, step, now: RESERVATION_RULES[step.status](state, step, now),
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
