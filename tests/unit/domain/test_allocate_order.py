from datetime import timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from shared.domain.allocate_order import OrderBackordered, allocate_order, backorder_order
from shared.domain.cancel_order import cancel_order
from shared.domain.create_order import OrderAllocated
from shared.domain.order import Allocation, AllocationStatus, Order, OrderStatus
from shared.domain.reservation import ReservationStatus
from shared.domain.reservation_step import ReservationStep
from tests.unit.domain.fulfilling import cancellation
from tests.unit.domain.paying import new_order
from tests.unit.domain.stocking import HAPPENED_AT, NOW, request

RULES = {ReservationStatus.RESERVED: allocate_order, ReservationStatus.BACKORDERED: backorder_order}


def waiting_order() -> Order:
    """Make an order of two lines that asked for stock and was not answered."""
    order = new_order()
    second = replace(order.line_items[0], line_number=2, sku="B")
    return replace(
        order,
        line_items=(*order.line_items, second),
        status=OrderStatus.CREATED,
        allocation=Allocation(status=AllocationStatus.REQUESTED, forced=False),
        history=(),
    )


def answer(
    status: ReservationStatus, *lines: int, name: str = "R-1", force: bool = False, later: int = 0
) -> ReservationStep:
    """Answer a request for these lines."""
    step = request(*((line, "SKU", 1) for line in lines), name=name, force=force)
    return replace(step, status=status, occurred_at=HAPPENED_AT + timedelta(hours=later))


RESERVED = answer(ReservationStatus.RESERVED, 1, 2)
BACKORDERED = answer(ReservationStatus.BACKORDERED, 1, 2)


def answered(order: Order, *steps: ReservationStep) -> Order:
    """Apply answers one after the other."""
    for step in steps:
        changed = RULES[step.status](order, step, NOW).changes[0]
        assert isinstance(changed, Order)
        order = changed
    return order


def test_a_reserved_order_is_allocated_with_an_event() -> None:
    """Stock for every line allocates the order, and `order.allocated` says so."""
    decision = allocate_order(waiting_order(), RESERVED, NOW)

    order = answered(waiting_order(), RESERVED)
    assert decision.changes == (order,)
    assert (order.status, order.allocation.status) == (OrderStatus.ALLOCATED, AllocationStatus.ALLOCATED)
    assert [(entry.event, entry.ref) for entry in order.history] == [("order.allocated", "R-1")]
    assert decision.events == (
        OrderAllocated(
            ordering_key=order.customer_id,
            order_id=order.order_id,
            occurred_at=HAPPENED_AT,
            forced=False,
            items=RESERVED.items,
            allocated_at=HAPPENED_AT,
        ),
    )


def test_a_backordered_order_waits_with_an_event() -> None:
    """Missing stock backorders the order, and `order.backordered` says so."""
    decision = backorder_order(waiting_order(), BACKORDERED, NOW)

    order = answered(waiting_order(), BACKORDERED)
    assert decision.changes == (order,)
    assert (order.status, order.allocation.status) == (OrderStatus.BACKORDERED, AllocationStatus.BACKORDERED)
    assert decision.events == (
        OrderBackordered(
            ordering_key=order.customer_id,
            order_id=order.order_id,
            occurred_at=HAPPENED_AT,
            items=BACKORDERED.items,
            backordered_at=HAPPENED_AT,
        ),
    )


def test_a_second_request_s_answers_may_cross_the_first_s() -> None:
    """Backordered, then reserved on a second request: the order is allocated, whichever answer is faster."""
    again = answer(ReservationStatus.RESERVED, 1, 2, name="R-2", later=1)
    one, other = (answered(waiting_order(), *steps) for steps in permutations((BACKORDERED, again)))

    assert one == other
    assert (one.status, one.allocation.status) == (OrderStatus.ALLOCATED, AllocationStatus.ALLOCATED)


@pytest.mark.parametrize(
    "status",
    [OrderStatus.RELEASED, OrderStatus.PARTIALLY_SHIPPED, OrderStatus.SHIPPED, OrderStatus.CANCELLED],
)
@pytest.mark.parametrize("step", [RESERVED, BACKORDERED])
def test_an_answer_does_not_take_an_order_back(status: OrderStatus, step: ReservationStep) -> None:
    """An answer that comes late is noted; the order stays where it is."""
    assert answered(replace(waiting_order(), status=status), step).status is status


def test_stock_for_a_substitute_allocates_an_order_that_waited_for_it() -> None:
    """Everything the order asks for is set aside, by force or not: it is allocated."""
    forced = answer(ReservationStatus.RESERVED, 1, force=True)

    assert answered(waiting_order(), BACKORDERED, forced).status is OrderStatus.ALLOCATED


def test_an_order_that_ended_only_records_an_answer() -> None:
    """Nothing is allocated or backordered after the order was cancelled or shipped."""
    for status in (OrderStatus.CANCELLED, OrderStatus.SHIPPED):
        for step in (RESERVED, BACKORDERED):
            decision = RULES[step.status](replace(waiting_order(), status=status), step, NOW)

            assert not decision.events
            assert answered(replace(waiting_order(), status=status), step).status is status


@pytest.mark.parametrize("steps", list(permutations(("cancel", "backorder", "allocate"))), ids=str)
def test_an_order_that_is_cancelled_while_it_waits_ends_with_one_allocation(steps: tuple[str, ...]) -> None:
    """Whether the answers come before or after its cancellation, it lacks nothing any more."""
    order = waiting_order()
    first = replace(BACKORDERED, reservation_id=order.order_id)
    cancel = replace(cancellation(), order_id=order.order_id)
    decisions = {
        "cancel": lambda each: cancel_order(each, cancel, NOW),
        "backorder": lambda each: backorder_order(each, first, NOW),
        "allocate": lambda each: allocate_order(each, RESERVED, NOW),
    }
    for step in steps:
        (order,) = (each for each in decisions[step](order).changes if isinstance(each, Order))

    assert (order.status, order.allocation.status) == (OrderStatus.CANCELLED, AllocationStatus.ALLOCATED)
    assert "order.backordered" in [each.event for each in order.history]


def test_an_answer_that_a_later_one_overtook_is_not_published() -> None:
    """Backordered, then allocated: whichever arrives first, what consumers know last is the latter."""
    wait = replace(BACKORDERED, answer=1)
    got = replace(answer(ReservationStatus.RESERVED, 1, 2, name="R-2", later=1), answer=2)

    decision = backorder_order(answered(waiting_order(), got), wait, NOW)

    assert not decision.events
    assert decision.changes == (answered(waiting_order(), wait, got),)
    assert backorder_order(answered(waiting_order(), got), replace(wait, answer=0), NOW).events


def test_units_of_an_allocated_order_may_be_waited_for() -> None:
    """An allocated order stays so; `order.backordered` and `order.allocated` name what changed."""
    order = answered(waiting_order(), RESERVED)
    wait = answer(ReservationStatus.BACKORDERED, 1, name="R-2", later=1)
    got = answer(ReservationStatus.RESERVED, 1, name="R-3", later=2)

    (backordered,) = backorder_order(order, wait, NOW).events
    (allocated,) = allocate_order(answered(order, wait), got, NOW).events

    assert isinstance(backordered, OrderBackordered)
    assert isinstance(allocated, OrderAllocated)
    assert (backordered.items, allocated.items) == (wait.items, got.items)
    assert answered(order, wait, got).status is OrderStatus.ALLOCATED


def test_an_order_allocated_by_force_is_not_allocated_again() -> None:
    """It was allocated when it was created: the answer is recorded, and nothing published again."""
    decision = allocate_order(new_order(), answer(ReservationStatus.RESERVED, 1, force=True), NOW)

    changed = decision.changes[0]
    assert isinstance(changed, Order)
    assert (changed.status, changed.allocation) == (OrderStatus.ALLOCATED, new_order().allocation)
    assert "reservation.reserved" in [entry.event for entry in changed.history]
    assert not decision.events


def test_a_substitute_reserved_by_force_ends_the_wait_of_an_order_allocated_by_force() -> None:
    """`order.backordered` was published for its units, so `order.allocated` follows."""
    wait = replace(answer(ReservationStatus.BACKORDERED, 1, name="R-2", later=1), answer=2)
    got = replace(answer(ReservationStatus.RESERVED, 1, name="R-3", later=2, force=True), answer=3)

    (event,) = allocate_order(answered(new_order(), wait), got, NOW).events

    assert isinstance(event, OrderAllocated)
    assert (event.forced, event.items) == (True, got.items)


def test_consumers_know_of_no_wait_where_its_end_overtakes_it() -> None:
    """The substitute was reserved before the wait was published: neither is published."""
    order = new_order()
    wait = replace(answer(ReservationStatus.BACKORDERED, 1, name="R-2", later=1), answer=2)
    got = replace(answer(ReservationStatus.RESERVED, 1, name="R-3", later=2, force=True), answer=3)

    assert not allocate_order(order, got, NOW).events
    assert not backorder_order(answered(order, got), wait, NOW).events
