"""What follows from the lines once their quantities changed: status, totals, and the end of an order.

All of it is derived from the lines as they are, and the end is told as an event of the order, not
of the message that happened to come last: shipments and shortages arrive in any order.
"""

from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import Event
from shared.domain.history import with_history
from shared.domain.order import HistoryEntry, Line, Order, OrderStatus, Shipment
from shared.domain.totals import with_totals
from shared.domain.value import Value

UNITS_CLOSED = frozenset({"order.shorted", "order.lines_cancelled"})
"""Timeline entries that can leave an order with nothing to ship."""


class Parcel(Value):
    """One of the parcels an order left in."""

    shipment_id: str
    tracking_number: str
    carrier: str
    shipped_at: datetime


class OrderShipped(Event):
    """Nothing of the order remains to be shipped."""

    type: ClassVar[str] = "order.shipped"
    once_per_order: ClassVar[bool] = True

    shipped_at: datetime
    shipments: tuple[Parcel, ...]


class OrderCancelled(Event):
    """Nothing of the order will be shipped; `reason` is None where its lines were closed one by one."""

    type: ClassVar[str] = "order.cancelled"
    once_per_order: ClassVar[bool] = True

    cancelled_at: datetime
    reason: str | None
    requested_by: str | None


def derive_state(order: Order) -> Order:
    """Derive backordered units, status and totals from the quantities of the lines."""
    lines = tuple(_within_open(line) for line in order.line_items)
    return with_totals(replace(order, line_items=lines, status=_status(order.status, lines)))


def _within_open(line: Line) -> Line:
    if line.backordered <= line.open_quantity:
        return line
    return replace(line, backordered=line.open_quantity)


def _status(status: OrderStatus, lines: tuple[Line, ...]) -> OrderStatus:
    shipped = any(line.shipped for line in lines)
    if any(line.open_quantity for line in lines):
        return OrderStatus.PARTIALLY_SHIPPED if shipped else status
    return OrderStatus.SHIPPED if shipped else OrderStatus.CANCELLED


def apply_change(
    before: Order, changed: Order, *entries: HistoryEntry, now: datetime
) -> tuple[Order, tuple[Event, ...]]:
    """Enter a change of quantities into the order, and tell of the order's end where that is one.

    `entries` say what happened; the end adds its own.
    """
    after = derive_state(changed)
    ends = _end(before, after, (*before.history, *entries))
    return with_history(after, *entries, *map(_entry, ends), now=now), ends


def _end(
    before: Order, after: Order, history: tuple[HistoryEntry, ...]
) -> tuple[OrderShipped | OrderCancelled, ...]:
    if before.status is after.status:
        return ()
    if after.status is OrderStatus.SHIPPED:
        return (_shipped(after),)
    if after.status is OrderStatus.CANCELLED:
        return (cancelled(after, at=max(entry.at for entry in history if entry.event in UNITS_CLOSED)),)
    return ()


def _entry(end: OrderShipped | OrderCancelled) -> HistoryEntry:
    at = end.shipped_at if isinstance(end, OrderShipped) else end.cancelled_at
    return HistoryEntry(at=at, event=end.type, ref=end.order_id)


def _shipped(order: Order) -> OrderShipped:
    return OrderShipped(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        shipped_at=max(each.shipped_at for each in order.shipments),
        shipments=tuple(_parcel(each) for each in order.shipments),
    )


def _parcel(shipment: Shipment) -> Parcel:
    return Parcel(
        shipment_id=shipment.shipment_id,
        tracking_number=shipment.tracking_number,
        carrier=shipment.carrier,
        shipped_at=shipment.shipped_at,
    )


def cancelled(
    order: Order, *, at: datetime, reason: str | None = None, requested_by: str | None = None
) -> OrderCancelled:
    """Make the event of an order that is cancelled as a whole."""
    return OrderCancelled(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        cancelled_at=at,
        reason=reason,
        requested_by=requested_by,
    )
