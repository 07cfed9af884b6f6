"""Create orders from `order-create` (requirements 2)."""

from shared.bootstrap.consumer import build_consumer
from shared.consumer.routes import Route, Routes, creating_order, order_refs
from shared.contracts.order_create import OrderCreate
from shared.domain.create_order import create_order

ORDER_CREATE = Route(
    scope="order_create",
    contract=OrderCreate,
    key=lambda command: command.order_id,
    refs=order_refs,
    decide=creating_order(create_order),
    creates=True,
)

ROUTES: Routes = {("order-create", None): ORDER_CREATE}

handle = build_consumer(ROUTES)
