"""The history of an order: what happened to it, at its own times."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from shared.domain.order import HistoryEntry, Order

LIFE_CYCLE = (
    "order.created",
    "order.backordered",
    "order.allocated",
    "reservation.backordered",
    "reservation.reserved",
    "payment.authorized",
    "order.released",
    "order.substituted",
    "order.shorted",
    "order.lines_cancelled",
    "order.partially_shipped",
    "order.shipped",
    "order.cancelled",
    "payment.captured",
    "payment.refunded",
)
"""Entries with the same time are sorted in this order; a type that is not listed comes last."""

_RANK = {event: rank for rank, event in enumerate(LIFE_CYCLE)}


def sort_history(entries: Iterable[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """Sort by time, then by the order's life cycle."""
    return tuple(sorted(entries, key=_position))


def with_history(order: Order, *entries: HistoryEntry, now: datetime) -> Order:
    """Add entries to the order's history, each once, and count up its version."""
    return replace(
        order,
        history=sort_history({*order.history, *entries}),
        version=order.version + 1,
        updated_at=now,
    )


def _position(entry: HistoryEntry) -> tuple[datetime, int, str, str]:
    return entry.at, _RANK.get(entry.event, len(LIFE_CYCLE)), entry.event, entry.ref
