"""Enter the answer to an order's request for stock into the order."""

from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.create_order import OrderAllocated
from shared.domain.decision import Decision, Event, OrderEvent
from shared.domain.history import with_history
from shared.domain.order import ENDED_STATUSES, AllocationStatus, HistoryEntry, Order
from shared.domain.order_change import derive_allocation
from shared.domain.reservation_events import (
    ReservationBackordered,
    ReservationItem,
    ReservationReserved,
)
from shared.domain.reservation_step import ReservationStep
from shared.domain.state_machine import Move, next_status


class OrderBackordered(OrderEvent):
    """The order waits for `items`, because not all of it is in stock."""

    type: ClassVar[str] = "order.backordered"

    items: tuple[ReservationItem, ...]
    backordered_at: datetime


def allocate_order(order: Order, step: ReservationStep, now: datetime) -> Decision:
    """Allocate the order: everything it asked for is set aside.

    An order that ended meanwhile only records the answer: no event follows `order.cancelled`. So does one
    that was allocated by force, unless it waited for units since.
    """
    if _was_allocated_by_force(order, step) or _comes_after_the_end(order, step):
        return _record_answer(order, step, ReservationReserved.type, now)
    changed = replace(
        order,
        status=next_status(order.status, Move.ALLOCATE),
        allocation=replace(order.allocation, status=AllocationStatus.ALLOCATED),
    )
    event = OrderAllocated(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=step.occurred_at,
        forced=step.force,
        items=step.items,
        allocated_at=step.occurred_at,
    )
    return _record_and_publish(changed, step, event, now)


def backorder_order(order: Order, step: ReservationStep, now: datetime) -> Decision:
    """Record that the order waits for stock; one that is allocated stays so and waits for some units."""
    if _comes_after_the_end(order, step):
        return _record_answer(order, step, ReservationBackordered.type, now)
    event = OrderBackordered(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=step.occurred_at,
        items=step.items,
        backordered_at=step.occurred_at,
    )
    return _record_and_publish(_set_waiting(order), step, event, now)


def _was_allocated_by_force(order: Order, step: ReservationStep) -> bool:
    """Return whether the order was allocated when it was created, and consumers know of no wait since.

    A substitute is reserved by force, too: it ends the wait for units that it replaces.
    """
    if not step.force or order.allocation.status is not AllocationStatus.ALLOCATED:
        return False
    return all(each.event != OrderBackordered.type for each in order.history)


def _set_waiting(order: Order) -> Order:
    status = next_status(order.status, Move.BACKORDER)
    if order.allocation.status is AllocationStatus.ALLOCATED:
        return replace(order, status=status)
    waiting = replace(order.allocation, status=AllocationStatus.BACKORDERED)
    return replace(order, status=status, allocation=derive_allocation(waiting, status))


def _comes_after_the_end(order: Order, step: ReservationStep) -> bool:
    """Return whether a step answers a later request of an order that ended.

    The answer to the first request is in the history as if it had come in time.
    """
    return order.status in ENDED_STATUSES and step.reservation_id != order.order_id


def _record_answer(order: Order, step: ReservationStep, event: str, now: datetime) -> Decision:
    latest = max(step.answer, order.allocation.answer)
    answered = replace(order, allocation=replace(order.allocation, answer=latest))
    entry = HistoryEntry(at=step.occurred_at, event=event, ref=step.reservation_id)
    return Decision(changes=(with_history(answered, entry, now=now),))


def _record_and_publish(order: Order, step: ReservationStep, event: Event, now: datetime) -> Decision:
    """Record the answer; publish it unless the order has ended, or a later answer was published before."""
    decision = _record_answer(order, step, event.type, now)
    overtaken = 0 < step.answer < order.allocation.answer
    return decision if overtaken or order.status in ENDED_STATUSES else replace(decision, events=(event,))
