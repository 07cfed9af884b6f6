"""Orders that wait for stock get it in the order of their dates, and none is skipped."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.reservation import ReservationStatus
from shared.domain.waiting_list import MAX_ORDERS_SERVED
from tests.unit.functions.warehouse import (
    BACKORDERED,
    RESERVED,
    Message,
    Warehouse,
    at,
    cancel,
    count,
    request,
)


@pytest.fixture
def warehouse() -> Warehouse:
    """Return an empty warehouse."""
    return Warehouse()


async def test_the_first_by_date_is_served_first(warehouse: Warehouse) -> None:
    """An order that arrives late and was placed early is served before the others."""
    await warehouse.take(*(request(f"O-{minute}", (1, "A", 1), minute=minute) for minute in (30, 10, 20)))
    await warehouse.take(*(count("A", units, 600 + units) for units in (1, 2, 3)))

    assert [order for order, answer in warehouse.answers if answer == RESERVED] == ["O-10", "O-20", "O-30"]
    warehouse.check()


async def test_a_later_request_does_not_jump_the_queue(warehouse: Warehouse) -> None:
    """The first order waits for ten and gets the first units; the second, which needs one, waits."""
    await warehouse.take(count("A", 5, 1), request("O-1", (1, "A", 10), minute=2))
    await warehouse.take(request("O-2", (1, "A", 1), minute=3), count("A", 7, 4))

    assert warehouse.stock("A") == (7, 7, 4)
    assert warehouse.reservation("O-2").status is ReservationStatus.BACKORDERED


async def test_one_missing_line_keeps_nothing_from_others(warehouse: Warehouse) -> None:
    """An order keeps its place and what it has; at other skus it blocks no other order."""
    await warehouse.take(count("B", 5, 1), request("O-1", (1, "A", 1), (2, "B", 1), minute=2))
    await warehouse.take(request("O-2", (1, "B", 4), minute=3))

    assert warehouse.answers == [("O-1", BACKORDERED), ("O-2", RESERVED)]
    assert warehouse.stock("B") == (5, 5, 0)


async def test_a_count_completes_an_order(warehouse: Warehouse) -> None:
    """With the last missing unit the order is answered, once."""
    await warehouse.take(request("O-1", (1, "A", 1), (2, "B", 1)), count("A", 1, 1))
    assert warehouse.answers == [("O-1", BACKORDERED)]

    await warehouse.take(count("B", 9, 2), count("B", 9, 3))

    assert warehouse.answers == [("O-1", BACKORDERED), ("O-1", RESERVED)]


async def test_released_units_go_to_who_waits(warehouse: Warehouse) -> None:
    """A cancellation is as good as a count."""
    await warehouse.take(count("A", 1, 1), request("O-1", (1, "A", 1)), request("O-2", (1, "A", 1)))
    await warehouse.take(cancel("O-1", (1, "A", 1)))

    assert warehouse.answers[-1] == ("O-2", RESERVED)
    assert warehouse.stock("A") == (1, 1, 0)


async def test_more_orders_than_one_step_serves_are_all_served(warehouse: Warehouse) -> None:
    """A count serves a batch in a step and goes on until its units are gone: three steps for 50 orders."""
    orders = [f"O-{number:03}" for number in range(50)]
    await warehouse.take(*(request(each, (1, "A", 1), minute=n) for n, each in enumerate(orders)))

    await warehouse.take(count("A", 45, 600))

    served = [order for order, answer in warehouse.answers if answer == RESERVED]
    assert served == orders[:45]
    assert warehouse.steps["stock.freed"] == -(-45 // MAX_ORDERS_SERVED)
    warehouse.check()


async def test_a_line_that_is_cancelled_before_its_request_is_answered_is_not_stuck(
    warehouse: Warehouse,
) -> None:
    """The release waits for its request; then the order has all it asks for."""
    lines = (1, "A", 1), (2, "B", 1)
    await warehouse.take(count("A", 1, 1))
    warehouse.waiting += [cancel("O-1", (2, "B", 1)), request("O-1", *lines)]
    await warehouse.settle()

    assert warehouse.answers[-1] == ("O-1", RESERVED)
    warehouse.check()


async def test_a_backordered_unit_is_waited_for_and_got(warehouse: Warehouse) -> None:
    """The order learns that it waits, and that it has the unit once it is counted."""
    await warehouse.take(count("A", 2, 1), request("O-1", (1, "A", 2), minute=2))
    await warehouse.take(cancel("O-1", (1, "A", 1), minute=60, reason="BACKORDERED"))
    assert warehouse.stock("A") == (1, 1, 1)

    await warehouse.take(count("A", 2, 120))

    assert warehouse.stock("A") == (2, 2, 0)
    assert [answer for _, answer in warehouse.answers] == [RESERVED, BACKORDERED, RESERVED]


SKUS = st.sampled_from("AB")
QUANTITY = st.integers(1, 4)
COUNTS = st.lists(
    st.tuples(SKUS, QUANTITY, st.integers(1, 800)), max_size=4, unique_by=lambda each: (each[0], each[2])
)


@st.composite
def days(draw: st.DrawFn) -> list[Message]:
    """Draw the messages of a day: orders, counts, and changes of some of the lines."""
    messages = [count(sku, units, minute) for sku, units, minute in draw(COUNTS)]
    for number in range(draw(st.integers(1, 5))):
        lines = [(line, draw(SKUS), draw(QUANTITY)) for line in range(1, 1 + draw(st.integers(1, 3)))]
        force = draw(st.sampled_from([False, False, False, True]))
        messages.append(request(f"O-{number}", *lines, minute=10 * number, force=force))
        reasons = st.sampled_from(["CANCELLED", "SHIPPED", "SHORTED", "BACKORDERED", "MISSING"])
        for line, sku, units in draw(st.lists(st.sampled_from(lines), max_size=2, unique=True)):
            released = (line, sku, draw(st.integers(1, units)))
            messages.append(cancel(f"O-{number}", released, minute=400 + line, reason=draw(reasons)))
    return messages


@settings(deadline=None)
@given(days(), st.data())
async def test_every_unit_is_accounted_for_whatever_arrives_when(
    day: list[Message], data: st.DataObject
) -> None:
    """Requests, counts and releases in any order and repeated: nothing is promised twice or skipped.

    When everything has arrived, no unit is free while an order waits. With enough of everything, no
    order waits.
    """
    warehouse = Warehouse(waiting=day)
    for _ in range(data.draw(st.integers(0, 25))):
        if warehouse.waiting:
            message = warehouse.waiting.pop(data.draw(st.integers(0, len(warehouse.waiting) - 1)))
            if data.draw(st.booleans()) or not await warehouse.deliver(message):
                warehouse.waiting.append(message)
    await warehouse.settle()
    warehouse.check()

    await warehouse.take(*(count(sku, 1_000, 1_000) for sku in "AB"))

    warehouse.check()
    assert not any(stock.waiting for stock in warehouse.stocks.values())


@settings(deadline=None)
@given(st.permutations(range(6)), st.permutations(range(3)))
async def test_waiting_orders_are_served_by_date_not_by_arrival(
    arrival: list[int], counts: list[int]
) -> None:
    """Orders that all wait get the units of any counts in the order of their dates."""
    warehouse = Warehouse()
    await warehouse.take(*(request(f"O-{each}", (1, "A", 2), minute=each) for each in arrival))
    await warehouse.take(*(count("A", (3, 7, 12)[each], 700 + each) for each in counts))

    reserved = [order for order, answer in warehouse.answers if answer == RESERVED]
    assert reserved == [f"O-{each}" for each in range(6)]
    warehouse.check()


async def test_an_answer_is_never_before_the_order(warehouse: Warehouse) -> None:
    """A count from before the order that arrives after it allocates the order as of its own date."""
    await warehouse.take(request("O-1", (1, "A", 1), minute=60), count("A", 1, 1))

    answers = [
        each for each in warehouse.bench.publisher.messages if each.attributes["eventType"] == RESERVED
    ]
    assert at(60)[:16].encode() in answers[0].data


async def test_units_are_allocated_no_earlier_than_they_were_counted(warehouse: Warehouse) -> None:
    """A release processed after a newer count offers the units of that count, which dates them."""
    await warehouse.take(count("A", 1, 1), request("O-1", (1, "A", 1)), request("O-2", (1, "A", 2)))
    await warehouse.deliver(cancel("O-1", (1, "A", 1), minute=60))
    (freed,) = warehouse.waiting
    warehouse.waiting.clear()
    await warehouse.deliver(count("A", 2, 90))
    await warehouse.take(freed)

    answers = warehouse.bench.publisher.messages[-1]
    assert (answers.attributes["eventType"], at(90)[:16].encode() in answers.data) == (RESERVED, True)
