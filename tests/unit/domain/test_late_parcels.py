"""A parcel that waited in vain for stock or for a replacement: its goods have left, so it counts."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from shared.consumer.routes import Routes
from shared.domain.order import AllocationStatus, Order, OrderStatus
from shared.domain.refs import order_ref, stock_ref
from shared.domain.stock import Stock
from tests.lab.stack.demo import messages as write
from tests.unit.consumer.processors import NOW
from tests.unit.domain.arrival import final_state
from tests.unit.domain.interleaving import Delivery, Message

ORDER_ID = "QC-2024-01-10-000005"
LATER = NOW + timedelta(hours=6)
ORDER = write.order(
    ORDER_ID, write.line(1, "SKU-001", 1, 100.00), write.line(2, "SKU-002", 1, 50.00), customer="CUST-000005"
)
PARCEL = write.parcel(ORDER_ID, "SHIP-1", (1, "SKU-001", 1), at="2024-01-10T15:00:00Z")
OTHER_PARCEL = write.parcel(ORDER_ID, "SHIP-1", (2, "SKU-002", 1), at="2024-01-11T15:00:00Z")
COUNT = Message.of("inventory-update", write.count("SKU-001", 5))
MISSING = Message.of("inventory-update", write.count("SKU-002", 1, "2024-01-11T09:00:00Z"))


def order_and_stock(delivery: Delivery, sku: str) -> tuple[Order, Stock]:
    """Return the order, and the stock of a sku."""
    order, stock = delivery.entities[order_ref(ORDER_ID)], delivery.entities[stock_ref(write.LOCATION, sku)]
    assert isinstance(order, Order)
    assert isinstance(stock, Stock)
    return order, stock


async def created_long_ago(routes: Routes, order: write.Json) -> Delivery:
    """Count SKU-001 and create an order; six hours later its other messages, deferred since, come again."""
    delivery = Delivery(routes, [COUNT, Message.of("order-create", order)])
    await delivery.run()
    delivery.bench.processor = replace(delivery.bench.processor, clock=lambda: LATER)
    delivery.waiting_since = NOW
    return delivery


async def test_a_parcel_of_a_backordered_order_counts_after_six_hours(routes: Routes) -> None:
    """It leaves stock and reservation, and the rest of the order waits until it is allocated."""
    delivery = await created_long_ago(routes, ORDER)

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


async def test_a_parcel_with_a_replaced_sku_ends_alike_before_and_after_the_replacement(
    routes: Routes,
) -> None:
    """The units left as SKU-001 at its last price; the order is an exception, and SKU-002 is free again."""
    order = write.order(ORDER_ID, write.line(1, "SKU-001", 3, 100.00), customer="CUST-000005")
    messages = [
        substitution("12:00", 300.00, 315.00, "SKU-001"),
        substitution("13:00", 315.00, 330.00, "SKU-002"),
        Message.of(
            "ship-events",
            write.parcel(ORDER_ID, "SHIP-1", (1, "SKU-001", 2), at="2024-01-10T15:00:00Z"),
            "SHIP",
        ),
        Message.of("inventory-update", write.count("SKU-002", 7, "2024-01-10T14:00:00Z")),
    ]
    ends = []
    for arrival in permutations(messages):
        delivery = await created_long_ago(routes, order)
        delivery.waiting += arrival
        await delivery.run()
        ends.append(final_state(delivery.entities))

    assert all(each == ends[0] for each in ends)
    found, left = order_and_stock(delivery, "SKU-001")
    line = found.line_items[0]
    assert (line.sku, line.amount_minor, line.shipped) == ("SKU-001", 31500, 2)
    assert [each.code for each in found.exceptions] == ["substitution.already_shipped"]
    assert (left.on_hand, left.reserved) == (3, 1)
    _, free = order_and_stock(delivery, "SKU-002")
    assert (free.on_hand, free.reserved) == (7, 0)


@pytest.mark.parametrize(("to", "contradicts"), [("SKU-000", False), ("SKU-002", True)])
async def test_a_late_replacement_of_the_same_time_as_another_substitution_ends_alike(
    routes: Routes, to: str, *, contradicts: bool
) -> None:
    """The one with the greater sku is the newer one, whichever of them and the parcel arrives first."""
    order = write.order(ORDER_ID, write.line(1, "SKU-001", 3, 100.00), customer="CUST-000005")
    messages = [
        substitution("12:00", 300.00, 315.00, "SKU-001"),
        substitution("12:00", 300.00, 330.00, to),
        Message.of("ship-events", PARCEL, "SHIP"),
    ]
    for arrival in permutations(messages):
        delivery = await created_long_ago(routes, order)
        delivery.waiting += arrival
        await delivery.run()

        found, _ = order_and_stock(delivery, "SKU-001")
        line = found.line_items[0]
        assert (line.sku, line.amount_minor, line.shipped) == ("SKU-001", 31500, 1)
        assert [each.code for each in found.exceptions] == ["substitution.already_shipped"] * contradicts


async def test_a_tracking_number_with_a_colon_never_names_the_steps_of_another_parcel(routes: Routes) -> None:
    """The first parcel releases what replaced its sku in a second step, `...:TH:1`; both parcels count."""
    delivery = await created_long_ago(routes, ORDER)
    delivery.waiting.append(substitution("13:00", 100.00, 105.00, "SKU-003"))
    await delivery.run()

    delivery.waiting += [
        Message.of("ship-events", {**parcel, "trackingNumber": tracking}, "SHIP")
        for tracking, parcel in (("TH", PARCEL), ("TH:1", OTHER_PARCEL))
    ]
    delivery.waiting.append(MISSING)
    await delivery.run()

    order, stock = order_and_stock(delivery, "SKU-002")
    assert order.status is OrderStatus.SHIPPED
    assert (stock.on_hand, stock.reserved) == (0, 0)


def substitution(clock: str, before: float, after: float, to: str) -> Message:
    """Give line 1 another price: by its weight, or by the sku that replaces it."""
    same = to == "SKU-001"
    data = {
        "orderId": ORDER_ID,
        "substitutionType": "WEIGHT_ADJUSTMENT" if same else "ITEM_REPLACEMENT",
        "originalItem": {"lineNumber": 1, "sku": "SKU-001", "orderedPrice": before},
        "substituteItem": {"sku": to, "adjustedPrice": after},
        "priceIncrease": {"amount": after - before, "percentage": 5.0, "withinLimit": True},
    }
    return Message.of("order-update", data, "SUBSTITUTION_REQUEST", f"2024-01-10T{clock}:00Z")
