"""The end of an order: its closing events and their history entries, derived from lines and parcels.

An order ends by an event of its own, whichever message comes last: shipments, shortages and cancellations
arrive in any order.
"""

from datetime import datetime
from typing import ClassVar

from shared.domain.decision import MAX_EVENT_ITEMS, OrderEvent
from shared.domain.line_shortages import SHORTED
from shared.domain.order import HistoryEntry, Order, OrderStatus, Shipment
from shared.domain.value import Value

LINES_CANCELLED = "order.lines_cancelled"

UNITS_CLOSED = frozenset({SHORTED, LINES_CANCELLED})
"""History entries that can leave an order with nothing to ship."""


class ParcelItem(Value):
    """Units of one line in a parcel."""

    line_number: int
    sku: str
    quantity: int


class Parcel(Value):
    """One parcel of a shipped order; without its items where the order is too large to list them."""

    shipment_id: str
    tracking_number: str
    carrier: str
    shipped_at: datetime
    items: tuple[ParcelItem, ...]


class OrderShipped(OrderEvent):
    """Nothing of the order remains to be shipped."""

    type: ClassVar[str] = "order.shipped"
    once_per_order: ClassVar[bool] = True

    shipped_at: datetime
    shipments: tuple[Parcel, ...]
    items_omitted: bool


class OrderCancelled(OrderEvent):
    """Nothing of the order will be shipped; `reason` is None where its lines were closed one by one."""

    type: ClassVar[str] = "order.cancelled"
    once_per_order: ClassVar[bool] = True

    cancelled_at: datetime
    reason: str | None
    requested_by: str | None


ClosingEvents = tuple[OrderShipped | OrderCancelled, ...]


def is_closing_entry(entry: HistoryEntry, order: Order) -> bool:
    """Return whether a history entry is derived from the order's end or its whole cancellation."""
    whole = entry.event == LINES_CANCELLED and entry.ref == order.order_id
    return whole or entry.event in (OrderShipped.type, OrderCancelled.type)


def closing_entries(order: Order, facts: tuple[HistoryEntry, ...]) -> tuple[HistoryEntry, ...]:
    """Derive the entries of the order's end; `facts` are all others."""
    cancellation = (_entry(order, LINES_CANCELLED, order.cancelled_at),) if order.cancelled_at else ()
    if order.status is OrderStatus.CANCELLED:
        end = _entry(order, OrderCancelled.type, _cancelled_at(order, facts))
        return (end,) if end.at == order.cancelled_at else (*cancellation, end)
    if order.status is OrderStatus.SHIPPED:
        return (*cancellation, _entry(order, OrderShipped.type, _shipped_at(order)))
    return cancellation


def _entry(order: Order, event: str, at: datetime) -> HistoryEntry:
    return HistoryEntry(at=at, event=event, ref=order.order_id)


def _cancelled_at(order: Order, facts: tuple[HistoryEntry, ...]) -> datetime:
    """Return when the last line was cancelled, whatever was stated of it later.

    The times of lines that shortages closed are in the history only, where later ones move the end. An
    earlier release stored the time of a whole cancellation there, too.
    """
    cancelled = [line.cancelled_at for line in order.line_items if line.cancelled_at]
    if len(cancelled) == len(order.line_items):
        return max(cancelled)
    closed = (each.at for each in facts if each.event in UNITS_CLOSED)
    known = (each.at for each in order.history if each.event == OrderCancelled.type)
    return order.cancelled_at or max((*closed, *known))


def _shipped_at(order: Order) -> datetime:
    return max(each.shipped_at for each in order.shipments)


def closing_events(before: Order, after: Order) -> ClosingEvents:
    """Return the closing event where a change ended the order."""
    if before.status is after.status:
        return ()
    if after.status is OrderStatus.SHIPPED:
        return (_shipped_event(after),)
    if after.status is OrderStatus.CANCELLED:
        return (_cancelled_event(after),)
    return ()


def _shipped_event(order: Order) -> OrderShipped:
    omitted = sum(len(each.items) for each in order.shipments) > MAX_EVENT_ITEMS
    return OrderShipped(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=_shipped_at(order),
        shipped_at=_shipped_at(order),
        shipments=tuple(_parcel(each, omit_items=omitted) for each in order.shipments),
        items_omitted=omitted,
    )


def _parcel(shipment: Shipment, *, omit_items: bool) -> Parcel:
    return Parcel(
        shipment_id=shipment.shipment_id,
        tracking_number=shipment.tracking_number,
        carrier=shipment.carrier,
        shipped_at=shipment.shipped_at,
        items=() if omit_items else parcel_items(shipment),
    )


def parcel_items(shipment: Shipment) -> tuple[ParcelItem, ...]:
    """Return what a parcel carries, as events state it: without serial numbers."""
    return tuple(
        ParcelItem(line_number=item.line_number, sku=item.sku, quantity=item.quantity)
        for item in shipment.items
    )


def _cancelled_event(order: Order) -> OrderCancelled:
    """Build the event without a reason: the lines were closed one by one."""
    at = next(each.at for each in order.history if each.event == OrderCancelled.type)
    return OrderCancelled(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=at,
        cancelled_at=at,
        reason=None,
        requested_by=None,
    )
