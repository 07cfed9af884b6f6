"""Late counts, backorders and their fulfilment end alike in any order of arrival."""

import asyncio
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.consumer.routes import Routes
from shared.domain.order import Order, OrderStatus
from shared.domain.refs import order_ref
from shared.domain.stock import Stock
from shared.domain.waiting_list import WaitingOrder
from tests.lab.stack.demo import messages as write
from tests.unit.domain.arrival import final_events, final_state, known_parcels
from tests.unit.domain.interleaving import Choice, Delivery, Message

FIRST, SECOND = "QC-2024-01-10-000001", "QC-2024-01-10-000002"
LINES = (
    write.line(1, "SKU-001", 2, 599.99),
    write.line(2, "SKU-002", 3, 50.00),
    write.line(3, "SKU-003", 1, 20.00),
)
ORDER = write.order(FIRST, *LINES, customer="CUST-000001")
OTHER = write.order(SECOND, write.line(1, "SKU-002", 2, 50.00), customer="CUST-000002")
CHOICES = st.lists(
    st.builds(Choice, which=st.integers(0, 30), again=st.booleans(), crash=st.booleans()), max_size=60
)


def at(clock: str) -> str:
    """Return a time of the orders' day."""
    return f"2024-01-10T{clock}:00Z"


def count(clock: str, sku: str, on_hand: int) -> Message:
    """Count a sku."""
    return Message.of("inventory-update", write.count(sku, on_hand, at(clock)))


def ship(clock: str, name: str, *items: tuple[int, str, int]) -> Message:
    """Ship a parcel of the first order."""
    return Message.of("ship-events", write.parcel(FIRST, name, *items, at=at(clock)), "SHIP")


def short(clock: str, line: int, available: int, resolution: str) -> Message:
    """Short a line of the first order."""
    ordered = LINES[line - 1]["quantity"]
    data = write.shortage(FIRST, line, LINES[line - 1]["sku"], ordered, available)
    return Message.of("fulfillment-events", {**data, "resolution": resolution}, "SHORT", at(clock))


def cancel(clock: str, *lines: int) -> Message:
    """Cancel lines of the first order."""
    data = {**write.cancellation(FIRST), "cancelledAt": at(clock), "lineNumbers": list(lines)}
    return Message.of("order-cancel", data)


BEGIN = [
    count("09:00", "SKU-001", 10),
    count("09:00", "SKU-002", 1),
    Message.of("order-create", ORDER),
    Message.of("order-create", OTHER),
]
"""Both orders wait: the first for two of SKU-002 and one of SKU-003, the second for SKU-002 behind it."""

STORIES = {
    "counts fulfil both": [
        count("09:30", "SKU-002", 2),
        count("12:00", "SKU-002", 12),
        count("12:30", "SKU-003", 5),
        count("14:30", "SKU-001", 9),
        ship("15:00", "SHIP-1", (1, "SKU-001", 2)),
        ship("16:00", "SHIP-2", (2, "SKU-002", 3), (3, "SKU-003", 1)),
        count("15:30", "SKU-002", 20),
    ],
    "a missing line is cancelled": [
        count("12:00", "SKU-002", 4),
        cancel("12:30", 3),
        count("14:00", "SKU-002", 6),
        ship("15:00", "SHIP-1", (1, "SKU-001", 2), (2, "SKU-002", 3)),
        count("14:30", "SKU-001", 8),
    ],
    "a unit is not found": [
        count("12:00", "SKU-002", 5),
        count("12:30", "SKU-003", 1),
        short("13:20", 2, 2, "BACKORDER"),
        count("14:00", "SKU-002", 5),
        ship("15:00", "SHIP-1", (1, "SKU-001", 1), (3, "SKU-003", 1)),
        ship("16:00", "SHIP-2", (2, "SKU-002", 3)),
        short("13:00", 1, 1, "PARTIAL_SHIP"),
    ],
}
ON_HAND = {
    "counts fulfil both": {"SKU-001": 7, "SKU-002": 17, "SKU-003": 4},
    "a missing line is cancelled": {"SKU-001": 6, "SKU-002": 3, "SKU-003": 0},
    "a unit is not found": {"SKU-001": 8, "SKU-002": 2, "SKU-003": 0},
}


async def delivered(routes: Routes, messages: list[Message], choices: list[Choice]) -> Delivery:
    """Deliver the orders, then what happens to them in a random order."""
    delivery = Delivery(routes, list(BEGIN))
    await delivery.run()
    delivery.waiting += messages
    await delivery.run(choices)
    return delivery


def status(delivery: Delivery, order_id: str) -> OrderStatus:
    """Return the status of an order."""
    order = delivery.entities[order_ref(order_id)]
    assert isinstance(order, Order)
    return order.status


def stocks(delivery: Delivery) -> list[Stock]:
    """Return the stock of every sku."""
    return [each for each in delivery.entities.values() if isinstance(each, Stock)]


async def test_both_orders_wait_at_first(routes: Routes) -> None:
    """The story begins with two orders on the waiting list."""
    delivery = await delivered(routes, [], [])

    assert {status(delivery, each) for each in (FIRST, SECOND)} == {OrderStatus.BACKORDERED}
    assert sum(isinstance(each, WaitingOrder) for each in delivery.entities.values()) == 3


@pytest.mark.parametrize("story", STORIES)
async def test_a_story_ends_as_its_facts_say(routes: Routes, story: str) -> None:
    """Delivered in order: the first order is shipped, the second one has what it waited for."""
    delivery = await delivered(routes, STORIES[story], [])

    assert (status(delivery, FIRST), status(delivery, SECOND)) == (OrderStatus.SHIPPED, OrderStatus.ALLOCATED)
    assert {each.sku: each.on_hand for each in stocks(delivery)} == ON_HAND[story]
    assert {each.sku: each.reserved for each in stocks(delivery) if each.reserved} == {"SKU-002": 2}
    assert not any(each.waiting for each in stocks(delivery))


@pytest.fixture(scope="module")
def in_order(routes: Routes) -> dict[str, Delivery]:
    """Return each story delivered in order."""
    return {story: asyncio.run(delivered(routes, messages, [])) for story, messages in STORIES.items()}


@pytest.mark.parametrize("story", STORIES)
@settings(deadline=None, max_examples=100)
@given(choices=CHOICES)
async def test_any_order_of_arrival_ends_alike(
    routes: Routes, in_order: dict[str, Delivery], story: str, choices: list[Choice]
) -> None:
    """Interleaved, repeated and interrupted: one state of orders, reservations and stock; no order waits."""
    expected = in_order[story]

    delivery = await delivered(routes, STORIES[story], choices)

    assert final_state(delivery.entities) == final_state(expected.entities)
    assert final_events(delivery.events) == final_events(expected.events)
    assert known_parcels(delivery.events) == known_parcels(expected.events)


async def test_counts_and_a_parcel_end_alike_in_all_their_orders(routes: Routes) -> None:
    """A count taken before the parcel and reported after it is without the parcel's units."""
    messages = [
        count("12:30", "SKU-003", 5),
        count("12:00", "SKU-002", 12),
        count("14:30", "SKU-001", 9),
        ship("15:00", "SHIP-1", (1, "SKU-001", 2)),
    ]
    ends = []
    for each in permutations(messages):
        last = await delivered(routes, list(each), [])
        ends.append(final_state(last.entities))

    assert all(end == ends[0] for end in ends)
    assert next(each.on_hand for each in stocks(last) if each.sku == "SKU-001") == 7
