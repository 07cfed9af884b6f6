"""What a change of an order's lines means for its reservation, and for the shelf.

All of it follows from the lines before and after, whichever message changed them:

    units shipped              RELEASED, SHIPPED       they left the location
    units missing and closed   RELEASED, SHORTED       they are not on the shelf
    units missing, for later   RELEASED, BACKORDERED   the same, and the order waits for others
    units missing otherwise    RELEASED, MISSING       the same; a substitution decides, or nothing is open
    units closed otherwise     RELEASED, CANCELLED     others may have them
    another sku                RELEASED, SUBSTITUTED, and REQUESTED by force: the warehouse holds it already
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from shared.domain.order import Line, Order
from shared.domain.reservation_events import (
    ReleaseReason,
    ReservationItem,
    ReservationReleased,
    ReservationRequested,
)

MAX_ID = 128
"""Characters an id may have on the wire."""


def reservation_id(order_id: str, cause: str) -> str:
    """Name what an order asks for or releases for one cause, readably where that is short enough."""
    name = f"{order_id}:{cause}"
    return name if len(name) <= MAX_ID else sha256(name.encode()).hexdigest()


def freed_stock(
    before: Order,
    after: Order,
    *,
    cause: str,
    at: datetime,
    missing_skus: Mapping[int, str] = MappingProxyType({}),
) -> tuple[ReservationReleased | ReservationRequested, ...]:
    """Derive the steps of the order's reservation that a change of its lines entails.

    `cause` tells one change of an order from another. `missing_skus` are the skus of missing units by line,
    where a substitution may have overtaken the message that reports them.
    """
    released: defaultdict[ReleaseReason, list[ReservationItem]] = defaultdict(list)
    requested = []
    for was, becomes in zip(before.line_items, after.line_items, strict=True):
        if becomes is was:
            continue
        for reason, item in _released(was, becomes, missing_skus.get(was.line_number, was.sku)):
            released[reason].append(item)
        if becomes.sku != was.sku and becomes.open_quantity:
            requested.append(_item(becomes, becomes.sku, becomes.open_quantity))
    common: dict[str, Any] = {
        "ordering_key": before.order_id,
        "order_id": before.order_id,
        "location_id": before.ship_from_location_id,
        "occurred_at": at,
    }
    releases = (
        ReservationReleased(
            **common,
            reservation_id=reservation_id(before.order_id, f"{cause}:{number}" if number else cause),
            force=False,
            items=tuple(items),
            reason=reason,
        )
        for number, (reason, items) in enumerate(sorted(released.items()))
    )
    if not requested:
        return tuple(releases)
    substitutes = ReservationRequested(
        **common,
        reservation_id=reservation_id(before.order_id, cause),
        force=True,
        items=tuple(requested),
        additional=True,
    )
    return (*releases, substitutes)


def _released(was: Line, becomes: Line, missing_sku: str) -> Iterator[tuple[ReleaseReason, ReservationItem]]:
    if becomes.sku != was.sku:
        if was.open_quantity:
            yield ReleaseReason.SUBSTITUTED, _item(was, was.sku, was.open_quantity)
        return
    shipped = becomes.shipped - was.shipped
    missing = max(0, becomes.missing - was.missing)
    closed = was.open_quantity - becomes.open_quantity - shipped
    if shipped > 0:
        yield ReleaseReason.SHIPPED, _item(was, was.sku, shipped)
    if missing and missing_sku != was.sku:
        yield ReleaseReason.MISSING, _item(was, missing_sku, missing)
        missing = 0
    if missing:
        yield _missing_reason(was, becomes, closed), _item(was, was.sku, missing)
    if closed > missing:
        yield ReleaseReason.CANCELLED, _item(was, was.sku, closed - missing)


def _missing_reason(was: Line, becomes: Line, closed: int) -> ReleaseReason:
    if becomes.backordered > was.backordered:
        return ReleaseReason.BACKORDERED
    return ReleaseReason.SHORTED if closed > 0 else ReleaseReason.MISSING


def _item(line: Line, sku: str, quantity: int) -> ReservationItem:
    return ReservationItem(line_number=line.line_number, sku=sku, quantity=quantity)
