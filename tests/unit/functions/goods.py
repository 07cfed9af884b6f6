"""An order with goods, and the messages about it."""

from typing import Any

from shared.domain.order import Order
from shared.domain.refs import order_ref
from shared.errors import Outcome
from tests.lab.stack.demo import messages as write
from tests.unit.consumer.processors import Bench

ORDER_ID = "QC-2024-01-10-000001"
TOPICS = ("order-create", "order-cancel", "order-release", "order-update", "ship-events", "short-events")
FUNCTIONS = ("order_create", "order_cancel", "order_release", "substitution", "ship", "short", "payment")
ORDER = write.order(
    ORDER_ID,
    write.line(1, "SKU-001", 3, 599.99),
    write.line(2, "MEAT-001", 1, 100.00),
    customer="CUST-123456",
    force=True,
)
PUBLISHED = "2026-01-01T00:00:00Z"


async def deliver(bench: Bench, topic: str, data: Any, at: str | None = None, **attributes: str) -> Outcome:
    """Deliver a payload; `at` is its timestamp."""
    stamped = {"timestamp": f"2024-01-10T{at}:00Z"} if at else {}
    kind = {"eventType": "SUBSTITUTION_REQUEST"} if topic == "order-update" else {}
    return await bench.process(
        data, subscription=topic, attributes=kind | stamped | attributes, published=PUBLISHED
    )


def order_in(bench: Bench) -> Order:
    """Return the order as it is stored."""
    order = bench.store.entities[order_ref(ORDER_ID)]
    assert isinstance(order, Order)
    return order
