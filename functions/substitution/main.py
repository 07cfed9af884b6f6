"""Substitute items of orders (requirements 4)."""

from shared.bootstrap.consumer import build_consumer
from shared.consumer.routes import (
    Route,
    Routes,
    on_order,
    order_and_cause,
    order_and_former_causes,
    order_refs,
)
from shared.contracts.substitution import Substitution
from shared.domain.substitute_item import substitute_item

SUBSTITUTION = Route(
    scope="substitution",
    contract=Substitution,
    key=order_and_cause,
    former_keys=order_and_former_causes,
    refs=order_refs,
    decide=on_order(substitute_item),
)

ROUTES: Routes = {("order-update", "SUBSTITUTION_REQUEST"): SUBSTITUTION}

handle = build_consumer(ROUTES)
