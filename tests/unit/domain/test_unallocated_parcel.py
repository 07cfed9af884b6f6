"""A parcel of an order that waits for stock: its goods have left, so it counts in the end."""

from dataclasses import replace
from datetime import timedelta

from shared.consumer.routes import Routes
from shared.domain.order import AllocationStatus, Order, OrderStatus
from shared.domain.refs import order_ref, stock_ref
from shared.domain.stock import Stock
from tests.lab.stack.demo import messages as write
from tests.unit.consumer.processors import NOW
from tests.unit.domain.interleaving import Delivery, Message

ORDER_ID = "QC-2024-01-10-000005"
LATER = NOW + timedelta(hours=6)
ORDER = write.order(
    ORDER_ID, write.line(1, "SKU-001", 1, 100.00), write.line(2, "SKU-002", 1, 50.00), customer="CUST-000005"
)
PARCEL = write.parcel(ORDER_ID, "SHIP-1", (1, "SKU-001", 1), at="2024-01-10T15:00:00Z")
COUNT = Message.of("inventory-update", write.count("SKU-001", 5))
MISSING = Message.of("inventory-update", write.count("SKU-002", 1, "2024-01-11T09:00:00Z"))


def order_and_stock(delivery: Delivery, sku: str) -> tuple[Order, Stock]:
    """Return the order, and the stock of a sku."""
    order, stock = delivery.entities[order_ref(ORDER_ID)], delivery.entities[stock_ref(write.LOCATION, sku)]
    assert isinstance(order, Order)
    assert isinstance(stock, Stock)
    return order, stock


async def test_a_parcel_of_a_backordered_order_counts_after_six_hours(routes: Routes) -> None:
    """It leaves stock and reservation, and the rest of the order waits until it is allocated."""
    delivery = Delivery(routes, [COUNT, Message.of("order-create", ORDER)])
    await delivery.run()
    delivery.bench.processor = replace(delivery.bench.processor, clock=lambda: LATER)

    delivery.waiting.append(Message.of("ship-events", PARCEL, "SHIP"))
    await delivery.run()

    order, stock = order_and_stock(delivery, "SKU-001")
    assert (order.status, order.allocation.status) == (
        OrderStatus.PARTIALLY_SHIPPED,
        AllocationStatus.BACKORDERED,
    )
    assert (stock.on_hand, stock.reserved) == (4, 0)

    delivery.waiting.append(MISSING)
    await delivery.run()

    order, stock = order_and_stock(delivery, "SKU-002")
    assert (order.status, order.allocation.status) == (
        OrderStatus.PARTIALLY_SHIPPED,
        AllocationStatus.ALLOCATED,
    )
    assert (stock.on_hand, stock.reserved, stock.waiting) == (1, 1, 0)
