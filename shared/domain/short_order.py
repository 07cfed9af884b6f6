"""Short an order: the warehouse does not find all of it (requirements 3.3)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import Decision, Event
from shared.domain.freed_stock import freed_stock
from shared.domain.lines import find_line, lines_by_number, name_lines
from shared.domain.order import HistoryEntry, Line, Order
from shared.domain.order_change import apply_change
from shared.domain.state_machine import Move, next_status
from shared.domain.value import Value
from shared.domain.violations import OrderedQuantityMismatch, OverShorted, ShortArithmetic, SkuMismatch


class Resolution(StrEnum):
    """What becomes of units the warehouse does not find."""

    PARTIAL_SHIP = "PARTIAL_SHIP"
    CANCEL_LINE = "CANCEL_LINE"
    CANCEL_ORDER = "CANCEL_ORDER"
    BACKORDER = "BACKORDER"
    SUBSTITUTE = "SUBSTITUTE"


class Severity(StrEnum):
    """How urgently people should look at a shortage."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class ShortItem(Value):
    """Units of one line that are missing."""

    line_number: int
    sku: str
    ordered_qty: int
    available_qty: int
    short_qty: int
    reason: str | None


class ShortOrder(Value):
    """The warehouse's word that units are missing; `content` is a digest of the message."""

    order_id: str
    content: str
    short_type: str
    items: tuple[ShortItem, ...]
    resolution: Resolution
    severity: Severity | None
    shorted_at: datetime

    @property
    def cause(self) -> str:
        """Tell shortages of one order apart."""
        return f"short:{self.content}"


class OrderShorted(Event):
    """Units of an order were not found; `resolution` says what becomes of them."""

    type: ClassVar[str] = "order.shorted"

    short_type: str
    severity: Severity | None
    resolution: Resolution
    items: tuple[ShortItem, ...]
    shorted_at: datetime


def short_order(order: Order, command: ShortOrder, now: datetime) -> Decision:
    """Check a shortage against the lines and resolve it.

    Raises IllegalMove, UnknownLine, SkuMismatch, ShortArithmetic, OrderedQuantityMismatch, OverShorted.
    """
    status = next_status(order.status, Move.SHORT)
    shorted = replace(order, status=status, line_items=_resolved_lines(order, command))
    told = _event(order, command)
    entry = HistoryEntry(
        at=command.shorted_at, event=told.type, ref=name_lines(item.line_number for item in command.items)
    )
    changed, ends = apply_change(order, shorted, entry, now=now)
    freed = freed_stock(
        order,
        changed,
        cause=command.cause,
        at=command.shorted_at,
        missing_skus={item.line_number: item.sku for item in command.items},
    )
    return Decision(changes=(changed,), events=(told, *freed, *ends))


def _resolved_lines(order: Order, command: ShortOrder) -> tuple[Line, ...]:
    lines = lines_by_number(order)
    resolve = _RESOLUTIONS[command.resolution]
    for item in command.items:
        line = find_line(lines, item.line_number, "items.lineNumber")
        _check_item(line, item)
        missing = max(line.missing, item.short_qty)
        lines[line.line_number] = replace(resolve(line, item.short_qty), missing=missing)
    if command.resolution is Resolution.CANCEL_ORDER:
        return _cancelled(lines.values())
    return tuple(lines.values())


def _check_item(line: Line, item: ShortItem) -> None:
    if item.sku not in (line.sku, line.ordered_sku):  # a substitution may have overtaken the shortage
        raise SkuMismatch("items.sku")
    if item.short_qty != item.ordered_qty - item.available_qty:
        raise ShortArithmetic
    if item.ordered_qty != line.quantity:
        raise OrderedQuantityMismatch


def _short_units(line: Line, units: int) -> Line:
    _check_open(line, units)
    return replace(line, shorted=line.shorted + units)


def _short_line(line: Line, units: int) -> Line:
    _check_open(line, units)
    return replace(line, shorted=line.shorted + line.open_quantity)


def _only_check(line: Line, units: int) -> Line:
    _check_open(line, units)
    return line


def _check_open(line: Line, units: int) -> None:
    if units > line.open_quantity:
        raise OverShorted


def _backorder_units(line: Line, units: int) -> Line:
    """Announce units for later; those that were shipped before the announcement are not waited for."""
    return replace(line, backordered=line.backordered + units)


def _await_substitute(line: Line, _units: int) -> Line:
    """Leave the line to the substitution, whose message brings the change or brought it already."""
    return line


_RESOLUTIONS: Mapping[Resolution, Callable[[Line, int], Line]] = {
    Resolution.PARTIAL_SHIP: _short_units,
    Resolution.CANCEL_LINE: _short_line,
    Resolution.CANCEL_ORDER: _only_check,
    Resolution.BACKORDER: _backorder_units,
    Resolution.SUBSTITUTE: _await_substitute,
}


def _cancelled(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(replace(line, cancelled=line.cancelled + line.open_quantity) for line in lines)


def _event(order: Order, command: ShortOrder) -> OrderShorted:
    return OrderShorted(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        short_type=command.short_type,
        severity=command.severity,
        resolution=command.resolution,
        items=command.items,
        shorted_at=command.shorted_at,
    )
