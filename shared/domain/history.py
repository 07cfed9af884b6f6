"""What every change of an order leaves behind: its timeline, its version and the time it was made."""

from datetime import datetime

from msgspec.structs import replace

from shared.domain.order import HistoryEntry, Order


def with_history(order: Order, *entries: HistoryEntry, now: datetime) -> Order:
    """Enter what happened into the order's timeline, which is sorted by the events' own times."""
    return replace(
        order,
        history=tuple(sorted((*order.history, *entries))),
        version=order.version + 1,
        updated_at=now,
    )
