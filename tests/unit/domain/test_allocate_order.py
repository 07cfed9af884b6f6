from datetime import timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from shared.domain.allocate_order import OrderBackordered, allocate_order, backorder_order
from shared.domain.create_order import OrderAllocated
from shared.domain.order import Allocation, AllocationStatus, Order, OrderStatus
from shared.domain.reservation_step import ReservationStep
from shared.domain.stock import ReservationStatus
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


def test_a_reserved_order_is_allocated_and_told() -> None:
    """Stock for every line allocates the order, and `order.allocated` says so."""
    decision = allocate_order(waiting_order(), RESERVED, NOW)

    order = answered(waiting_order(), RESERVED)
    assert decision.changes == (order,)
    assert (order.status, order.allocation.status) == (OrderStatus.ALLOCATED, AllocationStatus.ALLOCATED)
    assert [(entry.event, entry.ref) for entry in order.history] == [("order.allocated", "R-1")]
    assert decision.events == (
        OrderAllocated(
            ordering_key=order.customer_id, order_id=order.order_id, forced=False, allocated_at=HAPPENED_AT
        ),
    )


def test_a_backordered_order_waits_and_is_told() -> None:
    """Missing stock backorders the order, and `order.backordered` says so."""
    decision = backorder_order(waiting_order(), BACKORDERED, NOW)

    order = answered(waiting_order(), BACKORDERED)
    assert decision.changes == (order,)
    assert (order.status, order.allocation.status) == (OrderStatus.BACKORDERED, AllocationStatus.BACKORDERED)
    assert decision.events == (
        OrderBackordered(ordering_key=order.customer_id, order_id=order.order_id, backordered_at=HAPPENED_AT),
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


def test_stock_for_a_substitute_alone_does_not_allocate_the_order() -> None:
    """A forced answer for one of two lines is noted and not told, also where the other line is cancelled."""
    order = waiting_order()
    first, second = order.line_items
    cancelled = replace(order, line_items=(first, replace(second, cancelled=second.quantity)))

    for each in (order, cancelled):
        decision = allocate_order(each, answer(ReservationStatus.RESERVED, 1, force=True), NOW)
        changed = decision.changes[0]
        assert isinstance(changed, Order)
        assert changed.status is OrderStatus.CREATED
        assert [entry.event for entry in changed.history] == ["reservation.reserved"]
        assert not decision.events


def test_stock_for_a_substitute_of_the_only_line_allocates_the_order() -> None:
    """Where an order has one line, stock for its substitute is stock for the order."""
    order = waiting_order()
    single = replace(order, line_items=order.line_items[:1])

    assert answered(single, answer(ReservationStatus.RESERVED, 1, force=True)).status is OrderStatus.ALLOCATED


def test_stock_for_what_is_still_open_allocates_the_order() -> None:
    """A second request leaves out lines that were cancelled meanwhile."""
    order = waiting_order()
    first, second = order.line_items
    cancelled = replace(order, line_items=(first, replace(second, cancelled=second.quantity)))

    assert answered(cancelled, answer(ReservationStatus.RESERVED, 1)).status is OrderStatus.ALLOCATED


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (ReservationStatus.RESERVED, "reservation.reserved"),
        (ReservationStatus.BACKORDERED, "reservation.backordered"),
    ],
)
def test_a_forced_order_is_not_told_of_twice(status: ReservationStatus, event: str) -> None:
    """An order that was allocated when it was created notes the answer and tells nothing again."""
    decision = RULES[status](new_order(), answer(status, 1, force=True), NOW)

    changed = decision.changes[0]
    assert isinstance(changed, Order)
    assert (changed.status, changed.allocation) == (OrderStatus.ALLOCATED, new_order().allocation)
    assert event in [entry.event for entry in changed.history]
    assert not decision.events
