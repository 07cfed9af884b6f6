"""Take note of the answer to an order's request for stock."""

from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.create_order import OrderAllocated
from shared.domain.decision import Decision, Event
from shared.domain.history import with_history
from shared.domain.order import AllocationStatus, HistoryEntry, Order
from shared.domain.reservation_step import ReservationStep
from shared.domain.reserve_stock import ReservationBackordered, ReservationReserved
from shared.domain.state_machine import Move, next_status


class OrderBackordered(Event):
    """The order waits, because not all of it is in stock."""

    type: ClassVar[str] = "order.backordered"

    backordered_at: datetime


def allocate_order(order: Order, step: ReservationStep, now: datetime) -> Decision:
    """Allocate the order where stock is set aside for all of it; else only note what was reserved."""
    if order.allocation.forced or not _covers(step, order):
        return _noted(order, step, ReservationReserved.type, now)
    changed = replace(
        order,
        status=next_status(order.status, Move.ALLOCATE),
        allocation=replace(order.allocation, status=AllocationStatus.ALLOCATED),
    )
    told = OrderAllocated(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        forced=step.force,
        allocated_at=step.occurred_at,
    )
    return _told(changed, step, told, now)


def backorder_order(order: Order, step: ReservationStep, now: datetime) -> Decision:
    """Let the order wait for stock, unless a later request was answered before this one."""
    if order.allocation.forced or not _covers(step, order):
        return _noted(order, step, ReservationBackordered.type, now)
    told = OrderBackordered(
        ordering_key=order.customer_id, order_id=order.order_id, backordered_at=step.occurred_at
    )
    return _told(_waiting(order), step, told, now)


def _waiting(order: Order) -> Order:
    status = next_status(order.status, Move.BACKORDER)
    if order.allocation.status is AllocationStatus.ALLOCATED:
        return replace(order, status=status)
    return replace(
        order, status=status, allocation=replace(order.allocation, status=AllocationStatus.BACKORDERED)
    )


def _covers(step: ReservationStep, order: Order) -> bool:
    """Say whether the answer is for the whole order.

    A request that is not forced comes from someone who knows what is still open. A forced one may be
    for a substitute alone: it counts for the order only if it names every line there ever was, so that
    it makes no difference whether other lines are cancelled before or after the answer arrives.
    """
    lines = {line.line_number for line in order.line_items if step.force or line.open_quantity}
    return lines <= {item.line_number for item in step.items}


def _noted(order: Order, step: ReservationStep, event: str, now: datetime) -> Decision:
    return Decision(changes=(with_history(order, _entry(step, event), now=now),))


def _told(order: Order, step: ReservationStep, event: Event, now: datetime) -> Decision:
    return Decision(changes=(with_history(order, _entry(step, event.type), now=now),), events=(event,))


def _entry(step: ReservationStep, event: str) -> HistoryEntry:
    return HistoryEntry(at=step.occurred_at, event=event, ref=step.reservation_id)
