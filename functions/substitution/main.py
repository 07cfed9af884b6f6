"""Substitute goods of orders (requirements 4)."""

from shared.bootstrap.consumer import consumer
from shared.domain.substitute_item import substitute_item
from shared.messages.substitution import Substitution
from shared.pipeline.route import Route, Routes, on_order, order_and_cause, order_refs

SUBSTITUTION = Route(
    scope="substitution",
    contract=Substitution,
    key=order_and_cause,
    refs=order_refs,
    decide=on_order(substitute_item),
)

ROUTES: Routes = {("order-update", "SUBSTITUTION_REQUEST"): SUBSTITUTION}

handle = consumer(ROUTES)
