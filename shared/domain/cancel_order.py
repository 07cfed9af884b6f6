"""Cancel what is open of an order, or of some of its lines."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.closing_events import LINES_CANCELLED, OrderCancelled
from shared.domain.decision import MAX_EVENT_ITEMS, Decision, Event, OrderEvent
from shared.domain.lines import cancel_line, find_line, lines_by_number, name_lines
from shared.domain.order import HistoryEntry, Line, Order
from shared.domain.order_change import apply_change
from shared.domain.reservation_changes import derive_reservation_changes
from shared.domain.reservation_events import ReservationItem
from shared.domain.state_machine import Move, next_status
from shared.domain.value import Value
from shared.domain.violations import NothingToCancel


class CancelOrder(Value):
    """A request to cancel; no line numbers means the whole order."""

    order_id: str
    line_numbers: tuple[int, ...]
    reason: str
    requested_by: str
    cancelled_at: datetime

    @property
    def cause(self) -> str:
        """Return the id of this cancellation within its order."""
        return ":".join(["cancel", *map(str, self.line_numbers)])


class OrderLinesCancelled(OrderEvent):
    """What was open on some lines will not be shipped."""

    type: ClassVar[str] = LINES_CANCELLED

    line_numbers: tuple[int, ...]
    items: tuple[ReservationItem, ...]
    """The units that were open, by line."""
    items_omitted: bool
    """Too many lines for one message were cancelled; `items` is empty."""
    reason: str
    requested_by: str
    cancelled_at: datetime


def cancel_order(order: Order, command: CancelOrder, now: datetime) -> Decision:
    """Cancel what is open on the lines, or on all of them.

    A request for lines without any unit left to deliver enters the history only. A request for delivered
    lines is refused. Raises UnknownLine, NothingToCancel, IllegalMove.
    """
    lines = lines_by_number(order)
    numbers = command.line_numbers or tuple(lines)
    opened = _open_items(order, [find_line(lines, number, "lineNumbers") for number in numbers])
    lines |= {number: cancel_line(lines[number], command.cancelled_at) for number in numbers}
    closed = replace(
        order, line_items=tuple(lines.values()), cancelled_at=_order_cancelled_at(order, command)
    )
    changed, closing = apply_change(order, closed, *_entries(command), now=now)
    reservation_changes = derive_reservation_changes(
        order, changed, cause=command.cause, at=command.cancelled_at
    )
    if not opened:
        return Decision(changes=(changed,), events=reservation_changes, superseded=True)
    return Decision(
        changes=(changed,), events=_events(changed, command, opened, reservation_changes, closing)
    )


def _open_items(order: Order, lines: Sequence[Line]) -> tuple[ReservationItem, ...]:
    """Return the open units of the lines; refuse where every unit left already.

    Where some did not leave, but were closed otherwise, the request is fulfilled: it may have come first.
    """
    if all(line.shipped == line.quantity for line in lines):
        next_status(order.status, Move.CANCEL)  # raises IllegalMove for an order that is shipped
        raise NothingToCancel
    return tuple(
        ReservationItem(line_number=line.line_number, sku=line.sku, quantity=line.open_quantity)
        for line in lines
        if line.open_quantity
    )


def _order_cancelled_at(order: Order, command: CancelOrder) -> datetime | None:
    return order.cancelled_at if command.line_numbers else command.cancelled_at


def _entries(command: CancelOrder) -> tuple[HistoryEntry, ...]:
    """Build the entry of cancelled lines; `Order.cancelled_at` gives a whole order its entry."""
    if not command.line_numbers:
        return ()
    ref = name_lines(command.line_numbers)
    return (HistoryEntry(at=command.cancelled_at, event=OrderLinesCancelled.type, ref=ref),)


def _events(
    order: Order,
    command: CancelOrder,
    opened: tuple[ReservationItem, ...],
    reservation_changes: tuple[Event, ...],
    closing: tuple[Event, ...],
) -> tuple[Event, ...]:
    ends = tuple(
        replace(each, reason=command.reason, requested_by=command.requested_by)
        for each in closing
        if isinstance(each, OrderCancelled)
    )
    if ends and not command.line_numbers:
        return (*ends, *reservation_changes)
    omitted = len(opened) > MAX_EVENT_ITEMS
    event = OrderLinesCancelled(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=command.cancelled_at,
        line_numbers=tuple(item.line_number for item in opened),
        items=() if omitted else opened,
        items_omitted=omitted,
        reason=command.reason,
        requested_by=command.requested_by,
        cancelled_at=command.cancelled_at,
    )
    return (event, *reservation_changes, *closing)
