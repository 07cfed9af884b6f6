"""Ship a parcel of an order (requirements 3.2)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.closing_events import OrderShipped, ParcelItem, parcel_items
from shared.domain.decision import DUPLICATE, Decision, OrderEvent
from shared.domain.line_substitutions import with_shipped_sku
from shared.domain.lines import find_line, lines_by_number
from shared.domain.needed_message import may_still_arrive
from shared.domain.order import (
    AllocationStatus,
    HistoryEntry,
    Line,
    Order,
    OrderException,
    OrderStatus,
    Shipment,
    ShippedItem,
)
from shared.domain.order_change import apply_change
from shared.domain.reservation_changes import derive_reservation_changes
from shared.domain.state_machine import Move, next_status
from shared.domain.value import Value
from shared.domain.violations import (
    MoveTooEarly,
    OverShipped,
    SerialCount,
    SerialRepeated,
    SkuMismatch,
    SkuTooEarly,
)
from shared.errors import Conflict, Deferred, RuleViolation, raise_all

SHIPPED_UNALLOCATED = "ship.not_allocated"
"""The exception of a parcel that left although stock was never set aside for its order."""


class ShipOrder(Value):
    """A parcel left the warehouse."""

    order_id: str
    shipment: Shipment
    waiting_since: datetime
    """When it was first deferred."""

    @property
    def cause(self) -> str:
        """Return the id of this parcel within its order: each parcel of a shipment has a tracking number.

        A colon in the shipment's id is escaped, so that two parcels never share a name. Claims are stored
        under this id, so the tracking number stays as it is.
        """
        return f"ship:{_escape(self.shipment.shipment_id)}:{self.shipment.tracking_number}"

    @property
    def step_cause(self) -> str:
        """Return the id that the parcel's reservation steps derive theirs from, by endings such as `:1`.

        Both parts are escaped: the tracking number `TH:1` must not name the second step of `TH`.
        """
        return f"ship:{_escape(self.shipment.shipment_id)}:{_escape(self.shipment.tracking_number)}"

    def former_causes(self, _fingerprint: str) -> tuple[str, ...]:
        """Return the id that earlier releases used, when a shipment had one parcel only."""
        return (f"ship:{self.shipment.shipment_id}",)


def _escape(name: str) -> str:
    return name.replace("%", "%25").replace(":", "%3A")


class OrderPartiallyShipped(OrderEvent):
    """A parcel left with a part of the order. `order.shipped` lists the parcel that leaves nothing open."""

    type: ClassVar[str] = "order.partially_shipped"

    shipment_id: str
    tracking_number: str
    carrier: str
    shipped_at: datetime
    items: tuple[ParcelItem, ...]


def ship_order(order: Order, command: ShipOrder, now: datetime) -> Decision:
    """Add a parcel to the order and its units to the lines.

    The parcel is a fact: its units count although they were shorted or cancelled, and that is recorded as
    an exception of the order. `order.shipped` is published once, when nothing remains, whichever message
    comes last. A parcel waits for the allocation of its order, and for a replacement that brings its sku.
    After MAX_WAIT_FOR_NEEDED it is an exception, too: the order has no stock, or the line was replaced.

    Raises MoveTooEarly, UnknownLine, SkuMismatch, SkuTooEarly, OverShipped, SerialCount, SerialRepeated,
    Conflict.
    """
    parcel = command.shipment
    if _is_recorded(order, parcel):
        return DUPLICATE
    waits = may_still_arrive(order, command.waiting_since, now)
    lines, found = _shipped_lines(order, parcel, waits=waits)
    raise_all((*find_violations(command), *_find_known_serial_numbers(order, parcel), *found))
    moved = _with_ship_status(order, parcel, waits=waits)
    shipments = sorted((*order.shipments, parcel), key=attrgetter("shipment_id", "tracking_number"))
    shipped = replace(moved, line_items=lines, shipments=tuple(shipments))
    changed, closing = apply_change(order, shipped, *_entries(order, parcel), now=now)
    ends = any(isinstance(each, OrderShipped) for each in closing)
    reservation_changes = derive_reservation_changes(
        order, changed, cause=command.step_cause, at=parcel.shipped_at
    )
    events = (*(() if ends else (_event(order, parcel),)), *reservation_changes, *closing)
    return Decision(changes=(changed,), events=events)


def _with_ship_status(order: Order, parcel: Shipment, *, waits: bool) -> Order:
    """Set the status that a parcel leads to. One that waited in vain for an allocation is an exception.

    So are further parcels of the order until it is allocated. Raises MoveTooEarly while the parcel `waits`.
    """
    try:
        status = next_status(order.status, Move.SHIP)
    except MoveTooEarly:
        if waits:
            raise
        status = OrderStatus.PARTIALLY_SHIPPED
    moved = replace(order, status=status)
    if order.allocation.status is AllocationStatus.ALLOCATED:
        return moved
    # Each parcel is an exception, also where another parcel of its shipment is one with the same `ref`.
    added = OrderException(at=parcel.shipped_at, code=SHIPPED_UNALLOCATED, ref=parcel.shipment_id)
    return replace(moved, exceptions=tuple(sorted({*moved.exceptions, added})))


def _is_recorded(order: Order, parcel: Shipment) -> bool:
    """Return whether the order has the parcel; raise Conflict where it has it with other content."""
    for each in order.shipments:
        if (each.shipment_id, each.tracking_number) == (parcel.shipment_id, parcel.tracking_number):
            if _content(each) != _content(parcel):
                raise Conflict("data: the order has this parcel with other content")
            return True
    return False


def _content(parcel: Shipment) -> object:
    """Return what a parcel states, whatever the order of its items and serial numbers."""
    items = sorted(
        (item.line_number, item.sku, item.quantity, *sorted(item.serial_numbers)) for item in parcel.items
    )
    return parcel.carrier, parcel.shipped_at, items


def _shipped_lines(
    order: Order, parcel: Shipment, *, waits: bool
) -> tuple[tuple[Line, ...], list[RuleViolation | Deferred]]:
    """Add a parcel to the lines; return them, and why an item can't be added.

    While the parcel `waits`, a replacement may still bring the sku it carries.
    """
    lines, found = lines_by_number(order), list[RuleViolation | Deferred]()
    for item in parcel.items:
        try:
            lines[item.line_number] = _shipped_line(lines, item, parcel.shipped_at, waits=waits)
        except (RuleViolation, Deferred) as problem:
            found.append(problem)
    return tuple(lines.values()), found


def _shipped_line(lines: Mapping[int, Line], item: ShippedItem, shipped_at: datetime, *, waits: bool) -> Line:
    line = find_line(lines, item.line_number, "items.lineNumber")
    if item.sku != line.sku:
        line = _with_sku(line, item.sku, shipped_at, waits=waits)
    if line.shipped + item.quantity > line.quantity:
        raise OverShipped
    return replace(line, shipped=line.shipped + item.quantity)


def _with_sku(line: Line, sku: str, shipped_at: datetime, *, waits: bool) -> Line:
    """Return a line with another sku that left the warehouse; units of one line leave as one sku."""
    if line.shipped:
        raise SkuMismatch("items.sku")
    shipped = None if waits else with_shipped_sku(line, sku, shipped_at)
    if shipped is None:
        raise SkuTooEarly("items.sku")
    return shipped


def find_violations(command: ShipOrder) -> Iterator[RuleViolation]:
    """Yield every rule that a parcel breaks, whatever its order."""
    parcel = command.shipment
    if any(item.serial_numbers and len(item.serial_numbers) != item.quantity for item in parcel.items):
        yield SerialCount()
    if any(times > 1 for times in Counter(_serial_numbers(parcel)).values()):
        yield SerialRepeated()


def _find_known_serial_numbers(order: Order, parcel: Shipment) -> Iterator[RuleViolation]:
    known = {serial for shipment in order.shipments for serial in _serial_numbers(shipment)}
    if not known.isdisjoint(_serial_numbers(parcel)):
        yield SerialRepeated()


def _serial_numbers(parcel: Shipment) -> Iterator[tuple[str, str]]:
    """Yield serial numbers with their skus: two makers may use the same number."""
    return ((item.sku, serial) for item in parcel.items for serial in item.serial_numbers)


def _entries(order: Order, parcel: Shipment) -> tuple[HistoryEntry, ...]:
    """Make the entry of a partial parcel; a parcel with the whole order is the entry of the order's end."""
    if _is_whole(order, parcel):
        return ()
    return (HistoryEntry(at=parcel.shipped_at, event=OrderPartiallyShipped.type, ref=parcel.shipment_id),)


def _is_whole(order: Order, parcel: Shipment) -> bool:
    """Return whether the parcel carries everything that was ordered, which no other message can change."""
    carried: Counter[int] = Counter()
    for item in parcel.items:
        carried[item.line_number] += item.quantity
    return all(carried[line.line_number] == line.quantity for line in order.line_items)


def _event(order: Order, parcel: Shipment) -> OrderPartiallyShipped:
    return OrderPartiallyShipped(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=parcel.shipped_at,
        shipment_id=parcel.shipment_id,
        tracking_number=parcel.tracking_number,
        carrier=parcel.carrier,
        shipped_at=parcel.shipped_at,
        items=parcel_items(parcel),
    )
