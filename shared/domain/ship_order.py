"""Ship a parcel of an order (requirements 3.2)."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import Decision, Event
from shared.domain.freed_stock import freed_stock
from shared.domain.lines import find_line, lines_by_number
from shared.domain.order import HistoryEntry, Line, Order, Shipment, ShippedItem
from shared.domain.order_change import apply_change
from shared.domain.state_machine import Move, next_status
from shared.domain.value import Value
from shared.domain.violations import OverShipped, SerialCount, SerialRepeated, SkuMismatch


class ShipOrder(Value):
    """The warehouse's word that a parcel left it."""

    order_id: str
    shipment: Shipment

    @property
    def cause(self) -> str:
        """Tell parcels of one order apart."""
        return f"ship:{self.shipment.shipment_id}"


class ParcelItem(Value):
    """Units of one line in a parcel."""

    line_number: int
    sku: str
    quantity: int


class OrderPartiallyShipped(Event):
    """A parcel left with a part of what was ordered; the last one is followed by `order.shipped`."""

    type: ClassVar[str] = "order.partially_shipped"

    shipment_id: str
    tracking_number: str
    carrier: str
    shipped_at: datetime
    items: tuple[ParcelItem, ...]


def ship_order(order: Order, command: ShipOrder, now: datetime) -> Decision:
    """Add a parcel to the order and count its units on the lines.

    A parcel that carries less than the whole order is told by itself. `order.shipped` is told once,
    when nothing remains, whichever message brings that about: parcels and shortages arrive in any order.

    Raises MoveTooEarly, IllegalMove, UnknownLine, SkuMismatch, OverShipped, SerialCount, SerialRepeated.
    """
    status = next_status(order.status, Move.SHIP)
    parcel = command.shipment
    _check_serial_numbers(order, parcel)
    shipments = sorted((*order.shipments, parcel), key=attrgetter("shipment_id"))
    shipped = replace(
        order, status=status, line_items=_shipped_lines(order, parcel), shipments=tuple(shipments)
    )
    told = () if _is_whole(order, parcel) else (_event(order, parcel),)
    entries = (HistoryEntry(at=parcel.shipped_at, event=each.type, ref=parcel.shipment_id) for each in told)
    changed, ends = apply_change(order, shipped, *entries, now=now)
    freed = freed_stock(
        order,
        changed,
        cause=command.cause,
        at=parcel.shipped_at,
    )
    return Decision(changes=(changed,), events=(*told, *freed, *ends))


def _shipped_lines(order: Order, parcel: Shipment) -> tuple[Line, ...]:
    lines = lines_by_number(order)
    for item in parcel.items:
        line = find_line(lines, item.line_number, "items.lineNumber")
        lines[line.line_number] = _shipped_line(line, item)
    return tuple(lines.values())


def _shipped_line(line: Line, item: ShippedItem) -> Line:
    if item.sku != line.sku:
        raise SkuMismatch("items.sku")
    if item.quantity > line.open_quantity:
        raise OverShipped
    return replace(line, shipped=line.shipped + item.quantity)


def _check_serial_numbers(order: Order, parcel: Shipment) -> None:
    if any(item.serial_numbers and len(item.serial_numbers) != item.quantity for item in parcel.items):
        raise SerialCount
    told = Counter(_serial_numbers(parcel))
    known = {serial for shipment in order.shipments for serial in _serial_numbers(shipment)}
    if any(times > 1 for times in told.values()) or known & told.keys():
        raise SerialRepeated


def _serial_numbers(parcel: Shipment) -> Iterator[tuple[str, str]]:
    """Yield serial numbers with their skus: two makers may use the same number."""
    return ((item.sku, serial) for item in parcel.items for serial in item.serial_numbers)


def _is_whole(order: Order, parcel: Shipment) -> bool:
    """Say whether the parcel carries everything that was ordered, which no other message can change."""
    carried: Counter[int] = Counter()
    for item in parcel.items:
        carried[item.line_number] += item.quantity
    return all(carried[line.line_number] == line.quantity for line in order.line_items)


def _event(order: Order, parcel: Shipment) -> OrderPartiallyShipped:
    return OrderPartiallyShipped(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        shipment_id=parcel.shipment_id,
        tracking_number=parcel.tracking_number,
        carrier=parcel.carrier,
        shipped_at=parcel.shipped_at,
        items=tuple(
            ParcelItem(line_number=item.line_number, sku=item.sku, quantity=item.quantity)
            for item in parcel.items
        ),
    )
