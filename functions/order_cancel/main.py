"""Cancel orders and lines of orders (requirements 1.2)."""

from shared.bootstrap.consumer import build_consumer
from shared.consumer.routes import Route, Routes, on_order, order_and_cause, order_refs
from shared.contracts.order_cancel import OrderCancel
from shared.domain.cancel_order import cancel_order

ORDER_CANCEL = Route(
    scope="order_cancel",
    contract=OrderCancel,
    key=order_and_cause,
    refs=order_refs,
    decide=on_order(cancel_order),
    key_is_content=True,
)

ROUTES: Routes = {("order-cancel", None): ORDER_CANCEL}

handle = build_consumer(ROUTES)
