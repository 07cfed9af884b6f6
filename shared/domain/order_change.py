"""What follows from a change of the lines: quantities, status, totals, exceptions, and the end of the order.

All of it is derived from the lines and parcels as they are, so that no order of arrival matters.
"""

from datetime import datetime

from msgspec.structs import replace

from shared.domain.closing_events import ClosingEvents, closing_entries, closing_events, is_closing_entry
from shared.domain.fulfillment_exceptions import with_fulfillment_exceptions
from shared.domain.history import with_history
from shared.domain.lines import fit_quantities
from shared.domain.order import (
    ENDED_STATUSES,
    Allocation,
    AllocationStatus,
    HistoryEntry,
    Line,
    Order,
    OrderStatus,
)
from shared.domain.totals import with_totals


def derive_state(order: Order) -> Order:
    """Derive quantities, status, allocation, totals and exceptions from what the lines and parcels state."""
    lines = tuple(map(fit_quantities, order.line_items))
    status = _status(order.status, lines)
    allocation = derive_allocation(order.allocation, status)
    fitted = with_totals(replace(order, line_items=lines, status=status, allocation=allocation))
    return with_fulfillment_exceptions(fitted)


def derive_allocation(allocation: Allocation, status: OrderStatus) -> Allocation:
    """Derive the allocation: an order that has ended waits for no stock, so it counts as allocated."""
    return replace(allocation, status=AllocationStatus.ALLOCATED) if status in ENDED_STATUSES else allocation


def _status(status: OrderStatus, lines: tuple[Line, ...]) -> OrderStatus:
    shipped = any(line.shipped for line in lines)
    if any(line.open_quantity for line in lines):
        return OrderStatus.PARTIALLY_SHIPPED if shipped else status
    return OrderStatus.SHIPPED if shipped else OrderStatus.CANCELLED


def apply_change(
    before: Order, changed: Order, *entries: HistoryEntry, now: datetime
) -> tuple[Order, ClosingEvents]:
    """Derive the order's state after a change, and its closing event where the change ends it.

    `entries` state what happened. The entry of the order's end is derived each time: a parcel may leave
    after the cancellation.
    """
    after = derive_state(changed)
    facts = tuple(each for each in (*before.history, *entries) if not is_closing_entry(each, before))
    noted = with_history(replace(after, history=facts), *closing_entries(after, facts), now=now)
    return noted, closing_events(before, noted)
