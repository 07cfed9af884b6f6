"""Topics do not wait for each other: whatever arrives first, one order's messages end in one state."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.consumer.routes import Routes
from shared.domain.decision import Entity
from shared.domain.order import Order, OrderStatus
from shared.domain.order_position import order_position
from shared.domain.payment import PaymentStatus
from shared.domain.refs import Ref, order_ref
from tests.lab.stack.demo import messages as write
from tests.unit.domain.arrival import (
    final_events,
    final_state,
    known_parcels,
    known_prices,
    last_position,
)
from tests.unit.domain.interleaving import Choice, Delivery, Message

ORDER_ID = "QC-2024-01-10-000003"
EPOCH = datetime.fromtimestamp(0, UTC)
LINES = (
    write.line(1, "SKU-001", 2, 599.99),
    write.line(2, "MEAT-001", 1, 100.00),
    write.line(3, "SKU-002", 3, 50.00),
)
CHOICES = st.lists(
    st.builds(Choice, which=st.integers(0, 20), again=st.booleans(), crash=st.booleans()), max_size=60
)


def counts() -> list[Message]:
    """Write the counts of a stock that has everything."""
    return [
        Message.of("inventory-update", write.count(sku, 10)) for sku in ("SKU-001", "MEAT-001", "SKU-002")
    ]


def life(*, force: bool) -> list[Message]:
    """Write an order's messages from creation to refund, in the order they happen."""
    order = write.order(ORDER_ID, *LINES, customer="CUST-000003", force=force)
    authorised = {
        **write.authorisation(ORDER_ID, order["totals"]["total"] + 100),
        "expiresAt": "2026-02-01T00:00:00Z",  # after the processor's clock
    }
    late = {**write.shortage(ORDER_ID, 1, "SKU-001", 2, 1), "resolution": "BACKORDER"}
    first = write.parcel(ORDER_ID, "SHIP-1", (1, "SKU-001", 2), (2, "MEAT-001", 1), at="2024-01-10T15:00:00Z")
    second = write.parcel(ORDER_ID, "SHIP-2", (3, "SKU-002", 2), at="2024-01-10T15:30:00Z")
    return [
        Message.of("order-create", order),
        Message.of("payment-authorized", authorised),
        Message.of("order-release", write.release(ORDER_ID)),
        Message.of(
            "order-update",
            write.weight_adjustment(ORDER_ID, 2, "MEAT-001", 100.00, 15),
            "SUBSTITUTION_REQUEST",
        ),
        Message.of("fulfillment-events", late, "SHORT"),
        Message.of("fulfillment-events", write.shortage(ORDER_ID, 3, "SKU-002", 3, 2), "SHORT"),
        Message.of("fulfillment-events", first, "SHIP"),
        Message.of("ship-events", second, "SHIP"),
        Message.of("payment-captured", write.capture(ORDER_ID, 1400.00)),
        Message.of("payment-refunded", write.refund(ORDER_ID, 115.00)),
    ]


def order_in(entities: dict[Ref, Entity]) -> Order:
    """Return the order of the story."""
    order = entities[order_ref(ORDER_ID)]
    assert isinstance(order, Order)
    return order


async def delivered(routes: Routes, choices: list[Choice], *, force: bool) -> Delivery:
    """Deliver the messages in a random order, to a warehouse with counted stock."""
    delivery = Delivery(routes, counts())
    await delivery.run()
    delivery.waiting += life(force=force)
    await delivery.run(choices)
    return delivery


@pytest.mark.parametrize("force", [False, True], ids=["reserved", "forced"])
async def test_the_story_ends_shipped_and_partly_refunded(routes: Routes, *, force: bool) -> None:
    """Delivered in order, the messages make the life that all others are held against."""
    order = order_in((await delivered(routes, [], force=force)).entities)

    assert order.status is OrderStatus.SHIPPED
    assert order_position(order).payment_status is PaymentStatus.PARTIALLY_REFUNDED
    assert order.totals.sub_total_minor == 119998 + 11500 + 10000
    assert order.released_at is not None


@pytest.fixture(scope="module")
def in_order(routes: Routes) -> dict[bool, Delivery]:
    """Return the messages delivered in order, by whether the order is forced."""
    return {force: asyncio.run(delivered(routes, [], force=force)) for force in (False, True)}


@settings(deadline=None)
@given(choices=CHOICES, force=st.booleans())
async def test_any_order_of_arrival_ends_in_the_same_order_and_events(
    routes: Routes, in_order: dict[bool, Delivery], choices: list[Choice], *, force: bool
) -> None:
    """Interleaved, repeated and interrupted, the messages end in one state, and consumers know it.

    Payment positions on the way depend on the order of arrival; the last one does not.
    """
    expected = in_order[force]

    delivery = await delivered(routes, choices, force=force)

    assert final_state(delivery.entities) == final_state(expected.entities)
    assert final_events(delivery.events) == final_events(expected.events)
    assert known_parcels(delivery.events) == known_parcels(expected.events)
    assert known_prices(delivery.events) == known_prices(expected.events)
    assert last_position(delivery.events) == last_position(expected.events)
