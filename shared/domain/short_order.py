"""Short an order: the warehouse does not find all of it (requirements 3.3)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import DUPLICATE, MAX_EVENT_ITEMS, Decision, OrderEvent
from shared.domain.line_shortages import SHORTED, awaited_substitutes, with_shortage
from shared.domain.lines import cancel_line, known_skus, lines_by_number, name_lines
from shared.domain.order import HistoryEntry, Line, LineShortage, MissingUnits, Order
from shared.domain.order_change import apply_change
from shared.domain.reservation_changes import derive_reservation_changes
from shared.domain.state_machine import Move, next_status
from shared.domain.value import Value
from shared.domain.violations import (
    DuplicateShortage,
    OrderedQuantityMismatch,
    ShortArithmetic,
    SkuTooEarly,
    UnknownLine,
)
from shared.errors import Deferred, RuleViolation, raise_all


class Resolution(StrEnum):
    """What to do about units that the warehouse does not find."""

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
    UNKNOWN = "UNKNOWN"
    """A severity that is none of these; it alerts like HIGH."""


class ShortItem(Value):
    """Units of one line that are missing."""

    line_number: int
    sku: str
    ordered_qty: int
    available_qty: int
    short_qty: int
    reason: str | None


class ShortOrder(Value):
    """Units of an order are missing. `content` is a digest of what the message states of the lines."""

    order_id: str
    content: str
    short_type: str
    items: tuple[ShortItem, ...]
    resolution: Resolution
    severity: Severity | None
    shorted_at: datetime

    @property
    def cause(self) -> str:
        """Return the id within the order: the same content at another time is another statement."""
        return f"short:{self.content}:{self.shorted_at.isoformat()}"

    @property
    def last_release_cause(self) -> str:
        """Return the id that release 1.0.0 uses: without a time."""
        return f"short:{self.content}"

    def former_causes(self, fingerprint: str) -> tuple[str, ...]:
        """Return the ids that earlier releases used: without a time, and with the words of the message."""
        return self.last_release_cause, f"short:{fingerprint}"


class OrderShorted(OrderEvent):
    """Units of an order were not found; `resolution` says what to do about them."""

    type: ClassVar[str] = SHORTED

    short_type: str
    severity: Severity | None
    resolution: Resolution
    line_count: int
    """Lines with missing units."""
    items: tuple[ShortItem, ...]
    items_omitted: bool
    """The shortage has too many items for one message; `items` is empty."""
    shorted_at: datetime


def short_order(order: Order, command: ShortOrder, now: datetime) -> Decision:
    """Record a shortage on the lines and resolve it.

    A shortage without consequence publishes no `order.shorted`: its units are cancelled, shipped or shorted
    already, or another shortage stated as many. The history has it, and the stock subtracts
    the missing units.
    Raises IllegalMove, UnknownLine, SkuTooEarly, ShortArithmetic, OrderedQuantityMismatch, DuplicateShortage.
    """
    status = next_status(order.status, Move.SHORT)
    raise_all((*find_violations(command), *_find_contradictions(order, command)))
    entry = HistoryEntry(
        at=command.shorted_at,
        event=OrderShorted.type,
        ref=name_lines(item.line_number for item in command.items),
    )
    shorted = replace(order, status=status, line_items=_resolved_lines(order, command))
    changed, closing = apply_change(order, shorted, entry, now=now)
    reservation_changes = derive_reservation_changes(
        order, changed, cause=command.cause, at=command.shorted_at
    )
    if _consequences(order) != _consequences(changed):
        return Decision(changes=(changed,), events=(_event(order, command), *reservation_changes, *closing))
    if entry in order.history and order.line_items == changed.line_items:
        return DUPLICATE
    return Decision(changes=(changed,), events=reservation_changes, superseded=True)


def find_violations(command: ShortOrder) -> Iterator[RuleViolation]:
    """Yield every rule that a shortage breaks, whatever its order."""
    if len({item.line_number for item in command.items}) != len(command.items):
        yield DuplicateShortage()
    if any(item.short_qty != item.ordered_qty - item.available_qty for item in command.items):
        yield ShortArithmetic()


def _find_contradictions(order: Order, command: ShortOrder) -> Iterator[RuleViolation | Deferred]:
    lines = lines_by_number(order)
    for item in command.items:
        line = lines.get(item.line_number)
        if line is None:
            yield UnknownLine("items.lineNumber")
            continue
        if item.sku != line.sku and item.sku not in known_skus(line):
            yield SkuTooEarly("items.sku")
        if item.ordered_qty != line.quantity:
            yield OrderedQuantityMismatch()


def _resolved_lines(order: Order, command: ShortOrder) -> tuple[Line, ...]:
    lines = lines_by_number(order)
    for item in command.items:
        line = with_shortage(
            lines[item.line_number], _SHORTAGES[command.resolution](item, command.shorted_at)
        )
        closes = command.resolution is Resolution.CANCEL_LINE
        lines[item.line_number] = cancel_line(line, command.shorted_at) if closes else line
    if command.resolution is Resolution.CANCEL_ORDER:
        return tuple(cancel_line(line, command.shorted_at) for line in lines.values())
    return tuple(lines.values())


def _leave_out(item: ShortItem, at: datetime) -> LineShortage:
    return replace(_new_shortage(item, at), undelivered=item.short_qty)


def _wait_for(item: ShortItem, at: datetime) -> LineShortage:
    return replace(_new_shortage(item, at), backordered=item.short_qty)


def _await_substitute(item: ShortItem, at: datetime) -> LineShortage:
    return replace(_new_shortage(item, at), substitute_promised_at=at)


def _new_shortage(item: ShortItem, at: datetime) -> LineShortage:
    since = (MissingUnits(at=at, units=item.short_qty),)
    return LineShortage(sku=item.sku, missing=item.short_qty, since=since)


_SHORTAGES: Mapping[Resolution, Callable[[ShortItem, datetime], LineShortage]] = {
    Resolution.PARTIAL_SHIP: _leave_out,
    Resolution.CANCEL_LINE: _leave_out,
    Resolution.CANCEL_ORDER: _leave_out,
    Resolution.BACKORDER: _wait_for,
    Resolution.SUBSTITUTE: _await_substitute,
}


def _consequences(order: Order) -> object:
    """Return what a shortage can change for the customer, or for a person who looks at exceptions."""
    lines = [(line.open_quantity, line.backordered, awaited_substitutes(line)) for line in order.line_items]
    return lines, order.exceptions


def _event(order: Order, command: ShortOrder) -> OrderShorted:
    omitted = len(command.items) > MAX_EVENT_ITEMS
    return OrderShorted(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=command.shorted_at,
        short_type=command.short_type,
        severity=command.severity,
        resolution=command.resolution,
        line_count=len(command.items),
        items=() if omitted else command.items,
        items_omitted=omitted,
        shorted_at=command.shorted_at,
    )
