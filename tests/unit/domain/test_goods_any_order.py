"""Shortages, weights, replacements, cancellations and parcels end alike in any order of arrival."""

import asyncio
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.consumer.routes import Routes
from shared.domain.line_shortages import SHORTED
from shared.domain.order import ENDED_STATUSES, Order, OrderStatus
from shared.domain.refs import Ref, order_ref, stock_ref
from shared.domain.stock import Stock
from tests.lab.stack.demo import messages as write
from tests.unit.domain.arrival import (
    check_known_wait,
    final_events,
    final_state,
    known_allocation,
    known_parcels,
    known_prices,
    known_shortages,
    last_position,
    without_answers,
)
from tests.unit.domain.goods_facts import check_stock
from tests.unit.domain.goods_life import (
    COUNTS,
    LINES,
    MONEY,
    ORDER,
    ORDER_ID,
    RELEASE,
    Life,
    at,
    cancel,
    count,
    lives,
    price,
    ship,
    short,
)
from tests.unit.domain.interleaving import Choice, Delivery, Message

CHOICE = st.builds(Choice, which=st.integers(0, 30), again=st.booleans(), crash=st.booleans())
CHOICES = st.lists(CHOICE, max_size=80)
MANY_CHOICES = st.lists(CHOICE, min_size=20, max_size=80)
"""The messages of a drawn life are many: with fewer choices they arrive nearly in order."""

GOODS = [
    short("13:00", 1, 3, 2, "PARTIAL_SHIP"),
    short("13:10", 1, 3, 1, "PARTIAL_SHIP"),
    short("13:10", 1, 3, 1, "PARTIAL_SHIP", reason="Shelf is empty"),
    short("13:20", 3, 4, 2, "BACKORDER"),
    short("13:25", 3, 4, 3, "PARTIAL_SHIP"),
    short("13:28", 5, 3, 0, "SUBSTITUTE"),
    price("12:50", 2, "MEAT-001", 100.00, 115.00),
    price("13:02", 2, "MEAT-001", 100.00, 112.00),
    price("13:05", 2, "MEAT-001", 100.00, 110.00),
    price("13:30", 5, "SKU-004", 90.00, 99.00, to="SKU-005"),
    price("13:40", 5, "SKU-005", 99.00, 95.00),
    price("13:50", 1, "SKU-001", 599.99, 610.00),
    ship("15:00", "SHIP-1", (1, "SKU-001", 1)),
    ship("15:10", "SHIP-1", (2, "MEAT-001", 1), (5, "SKU-005", 3), tracking="TH-2"),
    ship("15:20", "SHIP-2", (3, "SKU-002", 2)),
]

STORIES = {
    "line by line": [*GOODS, *MONEY, RELEASE, cancel("12:00", 4), cancel("17:00", 3)],
    "as a whole": [*GOODS, *MONEY, cancel("12:00", 4), cancel("17:00")],
    "nothing leaves": [
        *(each for each in GOODS if each.topic != "ship-events"),
        *MONEY,
        cancel("12:00", 4),
        cancel("12:00", 1, 4),
        cancel("17:00"),
    ],
}


async def delivered(
    routes: Routes, messages: list[Message], choices: list[Choice], *, force: bool = False
) -> Delivery:
    """Deliver an order and its messages in a random order, to a warehouse that was counted before."""
    delivery = Delivery(routes, list(COUNTS))
    await delivery.run()
    create = Message.of("order-create", ORDER | {"isForceAllocation": force})
    delivery.waiting += [create, *messages]
    await delivery.run(choices)
    return delivery


def order_in(delivery: Delivery) -> Order:
    """Return the order of the story."""
    order = delivery.entities[order_ref(ORDER_ID)]
    assert isinstance(order, Order)
    return order


async def test_the_story_ends_as_its_facts_say(routes: Routes) -> None:
    """Delivered in order: what is shipped, short, cancelled and to be paid, line by line."""
    order = order_in(await delivered(routes, STORIES["line by line"], []))

    assert order.status is OrderStatus.SHIPPED
    quantities = [(each.shipped, each.shorted, each.cancelled, each.backordered) for each in order.line_items]
    assert quantities == [(1, 2, 0, 0), (1, 0, 0, 0), (2, 1, 1, 0), (0, 0, 2, 0), (3, 0, 0, 0)]
    assert [each.payable_minor for each in order.line_items] == [61000, 11000, 10000, 0, 9500]
    assert not order.exceptions


async def test_an_order_without_any_shipped_unit_is_cancelled(routes: Routes) -> None:
    """However its lines were closed, the request for the whole order cancels it."""
    order = order_in(await delivered(routes, STORIES["nothing leaves"], []))

    assert (order.status, order.totals.total_minor) == (OrderStatus.CANCELLED, 0)
    assert (order.history[-1].event, order.history[-1].at.hour) == ("order.cancelled", 17)


@pytest.fixture(scope="module")
def in_order(routes: Routes) -> dict[tuple[str, bool], Delivery]:
    """Return each story delivered in order, reserved and forced."""
    return {
        (story, force): asyncio.run(delivered(routes, messages, [], force=force))
        for story, messages in STORIES.items()
        for force in (False, True)
    }


@pytest.mark.parametrize("story", STORIES)
@settings(deadline=None, max_examples=60)
@given(choices=CHOICES, force=st.booleans())
async def test_any_order_of_arrival_ends_alike(
    routes: Routes,
    in_order: dict[tuple[str, bool], Delivery],
    story: str,
    choices: list[Choice],
    *,
    force: bool,
) -> None:
    """Interleaved, repeated and interrupted, the messages end in one state, and consumers know it."""
    expected = in_order[story, force]

    delivery = await delivered(routes, STORIES[story], choices, force=force)

    assert final_state(delivery.entities) == final_state(expected.entities)
    assert final_events(delivery.events) == final_events(expected.events)
    assert known_parcels(delivery.events) == known_parcels(expected.events)
    assert last_position(delivery.events) == last_position(expected.events)


@settings(deadline=None, max_examples=60)
@given(choices=CHOICES)
async def test_events_say_what_happened_to_every_line(routes: Routes, choices: list[Choice]) -> None:
    """Of lines that are not cancelled: the price that holds, and how many units will not come."""
    delivery = await delivered(routes, STORIES["line by line"], choices)

    lines = {line.line_number: line for line in order_in(delivery).line_items if not line.cancelled_at}
    prices, short = known_prices(delivery.events), known_shortages(delivery.events)
    assert {number: prices[number]["adjustedPriceMinor"] for number in lines} == {1: 61000, 2: 11000, 5: 9500}
    assert {number: short[number] for number, line in lines.items() if line.shorted} == {1: 2}


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(life=lives(), choices=MANY_CHOICES)
async def test_whatever_happens_to_goods_ends_alike(
    routes: Routes, life: Life, choices: list[Choice]
) -> None:
    """Every kind of fact and request about goods, in any order: one state of everything, and it is known."""
    expected = await lived(routes, life, [])

    found = await lived(routes, life, choices)

    assert without_answers(final_state(found.entities)) == without_answers(final_state(expected.entities))
    assert final_events(found.events) == final_events(expected.events)
    assert known_parcels(found.events) == known_parcels(expected.events)
    assert last_position(found.events) == last_position(expected.events)
    assert known_goods(found) == known_goods(expected)
    check_known_wait(found.events, found.entities, ORDER_ID)
    check_stock(found.entities.values(), [*life.counts, *life.messages])
    order = order_in(found)
    short = any(line.shortages for line in order.line_items)
    assert short <= any(each.event == SHORTED for each in order.history)


async def lived(routes: Routes, life: Life, choices: list[Choice]) -> Delivery:
    """Deliver counts, then everything else in a random order."""
    delivery = Delivery(routes, list(life.counts))
    await delivery.run()
    delivery.waiting += life.messages
    await delivery.run(choices)
    return delivery


def known_goods(delivery: Delivery) -> object:
    """Return what consumers know of the order: its end or allocation, prices, units that don't come.

    What is not delivered has no price. A shortage that a parcel or a cancellation contradicts is left out.
    """
    order, events = order_in(delivery), delivery.events
    prices, short = known_prices(events), known_shortages(events)
    lines = [line for line in order.line_items if not line.cancelled_at]
    missing = {
        line.line_number: max((each.undelivered for each in line.shortages), default=0) for line in lines
    }
    kept = [line.line_number for line in lines if not missing[line.line_number]]
    stated = [line.line_number for line in lines if 0 < line.shorted == missing[line.line_number]]
    ends = {kind for _, kind, _, _ in events.values()} & {f"order.{order.status.lower()}"}
    allocation = None if order.status in ENDED_STATUSES else known_allocation(events, ORDER_ID)
    return ends, allocation, [prices.get(each) for each in kept], [short.get(each) for each in stated]


async def test_consumers_know_that_a_substitute_ended_the_wait_of_a_forced_order(routes: Routes) -> None:
    """Its only units are missing and waited for; then another sku replaces them."""
    order = Message.of("order-create", write.order(ORDER_ID, LINES[4], customer="CUST-000003", force=True))
    missing = short("13:00", 5, 3, 0, "BACKORDER")
    replacement = price("13:30", 5, "SKU-004", 90.00, 99.00, to="SKU-005")
    for messages in ([missing], [missing, replacement], [replacement, missing]):
        story = await lived(routes, Life([count("09:00", "SKU-004", 3)], [order, *messages]), [])

        check_known_wait(story.events, story.entities, ORDER_ID)


async def test_five_messages_end_alike_in_all_their_orders(routes: Routes) -> None:
    """A line's cancellation, a parcel with two of its three units, two weights of another line, a count."""
    messages = [
        cancel("16:00", 1),
        ship("15:00", "SHIP-1", (1, "SKU-001", 2)),
        price("13:00", 2, "MEAT-001", 100.00, 115.00),
        price("13:05", 2, "MEAT-001", 100.00, 110.00),
        Message.of("inventory-update", write.count("SKU-001", 10, at("14:00"))),
    ]

    ends = [await _end(routes, list(each)) for each in permutations(messages)]

    assert all(end == ends[0] for end in ends)
    order, stock = ends[0][order_ref(ORDER_ID)], ends[0][stock_ref(write.LOCATION, "SKU-001")]
    assert isinstance(order, Order)
    first, second, *_ = order.line_items
    assert (first.shipped, first.cancelled, second.amount_minor) == (2, 1, 11000)
    assert isinstance(stock, Stock)
    assert (stock.on_hand, stock.reserved) == (8, 0)


async def _end(routes: Routes, messages: list[Message]) -> dict[Ref, object]:
    """Deliver messages one after the other, to an order that is allocated; return the final state."""
    delivery = await delivered(routes, [], [])
    delivery.waiting += messages
    await delivery.run()
    return final_state(delivery.entities)
