"""Cancel an order, or some of its lines, before anything is shipped."""

from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import Decision, Event
from shared.domain.freed_stock import freed_stock
from shared.domain.history import with_history
from shared.domain.lines import find_line, lines_by_number, name_lines
from shared.domain.order import HistoryEntry, Line, Order
from shared.domain.order_change import apply_change, cancelled, derive_state
from shared.domain.state_machine import Move, next_status
from shared.domain.value import Value
from shared.domain.violations import NothingToCancel


class CancelOrder(Value):
    """The wish to cancel; no line numbers means the whole order."""

    order_id: str
    line_numbers: tuple[int, ...]
    reason: str
    requested_by: str
    cancelled_at: datetime

    @property
    def cause(self) -> str:
        """Tell cancellations of one order apart."""
        return ":".join(["cancel", *map(str, self.line_numbers)])


class OrderLinesCancelled(Event):
    """Some lines will not be shipped."""

    type: ClassVar[str] = "order.lines_cancelled"

    line_numbers: tuple[int, ...]
    reason: str
    requested_by: str
    cancelled_at: datetime


def cancel_order(order: Order, command: CancelOrder, now: datetime) -> Decision:
    """Cancel what is open on the lines, or on all of them.

    Raises IllegalMove (also once anything is shipped), UnknownLine, NothingToCancel.
    """
    next_status(order.status, Move.CANCEL)
    numbers = command.line_numbers or [line.line_number for line in order.line_items]
    lines = lines_by_number(order)
    for number in numbers:
        lines[number] = _cancelled_line(
            find_line(lines, number, "lineNumbers"), whole=not command.line_numbers
        )
    changed = replace(order, line_items=tuple(lines.values()))
    return (_lines_cancelled if command.line_numbers else _wholly_cancelled)(order, changed, command, now)


def _cancelled_line(line: Line, *, whole: bool) -> Line:
    if not line.open_quantity and not whole:
        raise NothingToCancel
    return replace(line, cancelled=line.cancelled + line.open_quantity)


def _wholly_cancelled(order: Order, changed: Order, command: CancelOrder, now: datetime) -> Decision:
    after = derive_state(changed)
    told = cancelled(after, at=command.cancelled_at, reason=command.reason, requested_by=command.requested_by)
    entry = HistoryEntry(at=command.cancelled_at, event=told.type, ref=order.order_id)
    return _decision(order, with_history(after, entry, now=now), command, told)


def _lines_cancelled(order: Order, changed: Order, command: CancelOrder, now: datetime) -> Decision:
    entry = HistoryEntry(
        at=command.cancelled_at, event=OrderLinesCancelled.type, ref=name_lines(command.line_numbers)
    )
    after, ends = apply_change(order, changed, entry, now=now)
    told = OrderLinesCancelled(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        line_numbers=command.line_numbers,
        reason=command.reason,
        requested_by=command.requested_by,
        cancelled_at=command.cancelled_at,
    )
    return _decision(order, after, command, told, *ends)


def _decision(order: Order, after: Order, command: CancelOrder, told: Event, *ends: Event) -> Decision:
    freed = freed_stock(order, after, cause=command.cause, at=command.cancelled_at)
    return Decision(changes=(after,), events=(told, *freed, *ends))
