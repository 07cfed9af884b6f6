"""Record shipments of orders (requirements 3.2)."""

from shared.bootstrap.consumer import build_consumer
from shared.consumer.routes import (
    Route,
    Routes,
    on_order,
    order_and_cause,
    order_and_former_causes,
    order_refs,
)
from shared.contracts.ship import Ship
from shared.domain.ship_order import ship_order

SHIP = Route(
    scope="ship",
    contract=Ship,
    key=order_and_cause,
    former_keys=order_and_former_causes,
    refs=order_refs,
    decide=on_order(ship_order),
)

ROUTES: Routes = {
    ("fulfillment-events", "SHIP"): SHIP,
    ("ship-events", None): SHIP,
}

handle = build_consumer(ROUTES)
