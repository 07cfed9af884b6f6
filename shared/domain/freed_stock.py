"""Stock an order no longer claims is given back, line by line."""

from datetime import datetime
from hashlib import sha256

from shared.domain.order import Order
from shared.domain.reservation_events import ReleaseReason, ReservationItem, ReservationReleased

MAX_ID = 128
"""Characters an id may have on the wire."""


def reservation_id(order_id: str, cause: str) -> str:
    """Name what an order asks for or gives back for one cause, readably where that is short enough."""
    name = f"{order_id}:{cause}"
    return name if len(name) <= MAX_ID else sha256(name.encode()).hexdigest()


def freed_stock(
    before: Order, after: Order, *, cause: str, reason: ReleaseReason, at: datetime
) -> tuple[ReservationReleased, ...]:
    """Tell which open units a change closed, or nothing where it closed none.

    `cause` tells one release of an order from another.
    """
    items = tuple(
        ReservationItem(line_number=was.line_number, sku=was.sku, quantity=closed)
        for was, is_ in zip(before.line_items, after.line_items, strict=True)
        if (closed := was.open_quantity - is_.open_quantity) > 0
    )
    return (released(before, items, cause=cause, reason=reason, at=at),) if items else ()


def released(
    order: Order, items: tuple[ReservationItem, ...], *, cause: str, reason: ReleaseReason, at: datetime
) -> ReservationReleased:
    """Give items of an order's reservation back."""
    return ReservationReleased(
        ordering_key=order.order_id,
        reservation_id=reservation_id(order.order_id, cause),
        order_id=order.order_id,
        location_id=order.ship_from_location_id,
        force=False,
        items=items,
        occurred_at=at,
        reason=reason,
    )
