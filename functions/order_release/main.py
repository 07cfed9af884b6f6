"""Release orders to the warehouse (requirements 1.2)."""

from shared.bootstrap.consumer import build_consumer
from shared.consumer.routes import Route, Routes, on_order, order_refs
from shared.contracts.order_release import OrderRelease
from shared.domain.release_order import release_order

ORDER_RELEASE = Route(
    scope="order_release",
    contract=OrderRelease,
    key=lambda command: command.order_id,
    refs=order_refs,
    decide=on_order(release_order),
    key_is_content=True,
)

ROUTES: Routes = {("order-release", None): ORDER_RELEASE}

handle = build_consumer(ROUTES)
