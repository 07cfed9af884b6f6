"""Record shortages of orders (requirements 3.3)."""

from shared.bootstrap.consumer import build_consumer
from shared.consumer.routes import (
    Route,
    Routes,
    on_order,
    order_and_cause,
    order_and_former_causes,
    order_key,
    order_refs,
)
from shared.contracts.short import Short
from shared.domain.short_order import short_order

SHORT = Route(
    scope="short",
    contract=Short,
    key=order_and_cause,
    former_keys=order_and_former_causes,
    refs=order_refs,
    decide=on_order(short_order),
    last_release_key=lambda command: order_key(command, command.last_release_cause),
    key_is_content=True,
)

ROUTES: Routes = {
    ("fulfillment-events", "SHORT"): SHORT,
    ("short-events", None): SHORT,
}

handle = build_consumer(ROUTES)
