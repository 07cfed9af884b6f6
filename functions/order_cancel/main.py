"""Cancel orders and lines of orders (requirements 1.2)."""

from shared.bootstrap.consumer import consumer
from shared.domain.cancel_order import cancel_order
from shared.messages.order_cancel import OrderCancel
from shared.pipeline.route import Route, Routes, on_order, order_and_cause, order_refs

ORDER_CANCEL = Route(
    scope="order_cancel",
    contract=OrderCancel,
    key=order_and_cause,
    refs=order_refs,
    decide=on_order(cancel_order),
)

ROUTES: Routes = {("order-cancel", None): ORDER_CANCEL}

handle = consumer(ROUTES)
