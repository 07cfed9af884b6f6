"""Parcels that contradict a cancellation, a shortage or a replacement of the units they carry.

They are derived from parcels and lines, by the times the messages state, not by the order they arrived in.
"""

from collections.abc import Iterator
from datetime import datetime

from shared.domain.order import Line, Order, OrderException, Shipment
from shared.domain.order_exception import with_derived_exceptions

SHIPPED_AFTER_CANCELLATION = "ship.after_cancellation"
SHIPPED_AND_SHORTED = "ship.shorted_units"
REPLACED_AFTER_SHIPMENT = "substitution.already_shipped"
FULFILLMENT_EXCEPTIONS = frozenset({SHIPPED_AFTER_CANCELLATION, SHIPPED_AND_SHORTED, REPLACED_AFTER_SHIPMENT})


def with_fulfillment_exceptions(order: Order) -> Order:
    """Derive the exceptions of the order's parcels again."""
    lines = {line.line_number: line for line in order.line_items}
    found = (
        *_find_parcels_after_cancellation(order, lines),
        *_find_shipped_shortages(order),
        *_find_late_replacements(order),
    )
    return with_derived_exceptions(order, FULFILLMENT_EXCEPTIONS, found)


def _find_parcels_after_cancellation(order: Order, lines: dict[int, Line]) -> Iterator[OrderException]:
    for parcel in order.shipments:
        times = (lines[item.line_number].cancelled_at for item in parcel.items)
        if any(at and parcel.shipped_at > at for at in times):
            yield OrderException(
                code=SHIPPED_AFTER_CANCELLATION, at=parcel.shipped_at, ref=parcel.shipment_id
            )


def _find_shipped_shortages(order: Order) -> Iterator[OrderException]:
    for line in order.line_items:
        if not (line.shipped and line.shortages):
            continue
        if line.shipped + max(each.undelivered for each in line.shortages) > line.quantity:
            at = _last_parcel_at(order.shipments, line)
            yield OrderException(code=SHIPPED_AND_SHORTED, at=at, ref=str(line.line_number))


def _find_late_replacements(order: Order) -> Iterator[OrderException]:
    for line in order.line_items:
        if line.late_replacement_at:
            ref = str(line.line_number)
            yield OrderException(code=REPLACED_AFTER_SHIPMENT, at=line.late_replacement_at, ref=ref)


def _last_parcel_at(parcels: tuple[Shipment, ...], line: Line) -> datetime:
    return max(
        parcel.shipped_at
        for parcel in parcels
        if any(item.line_number == line.line_number for item in parcel.items)
    )
