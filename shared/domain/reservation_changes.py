"""Releases and requests of an order's reservation that follow from a change of its lines.

All of it follows from the lines before and after, whichever message changed them:

    units shipped              RELEASED, SHIPPED       they left the location
    units missing and closed   RELEASED, SHORTED       they are not on the shelf
    units missing, for later   RELEASED, BACKORDERED   the same, and the order waits for others
    units missing otherwise    RELEASED, MISSING       the same; a substitution decides, or nothing is open
    units closed otherwise     RELEASED, CANCELLED     others may have them
    another sku                RELEASED, SUBSTITUTED, and REQUESTED by force: the warehouse holds it already,
                               but for the units that it is to deliver later

A missing unit is reported although its line was closed before: the shelf is empty all the same. Where it was
missing at an earlier time already, MISSING moves its departure to that time.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum, auto
from hashlib import sha256
from typing import Any

from shared.domain.line_shortages import find_shortage, moved_units
from shared.domain.order import Line, Order
from shared.domain.reservation_events import (
    ReleaseReason,
    ReservationItem,
    ReservationReleased,
    ReservationRequested,
)

MAX_ID_LENGTH = 128
"""Characters an id may have on the wire."""

ReservationChange = ReservationReleased | ReservationRequested


class Request(Enum):
    """How units are requested."""

    BY_FORCE = auto()
    """The warehouse holds them already, whatever the stock says."""
    AGAIN = auto()
    """From what is free, or on the waiting list: they are to be delivered later."""


ChangeKind = ReleaseReason | Request
"""A release for a reason, or a request."""


def reservation_id(order_id: str, cause: str) -> str:
    """Return the id of a request or release for one cause; a digest where it would be too long."""
    name = f"{order_id}:{cause}"
    return name if len(name) <= MAX_ID_LENGTH else sha256(name.encode()).hexdigest()


def derive_reservation_changes(
    before: Order, after: Order, *, cause: str, at: datetime
) -> tuple[ReservationChange, ...]:
    """Derive the releases and requests that follow from a change of the order's lines.

    `cause` distinguishes the changes of an order.
    """
    items: defaultdict[ChangeKind, list[ReservationItem]] = defaultdict(list)
    moved: defaultdict[datetime, list[ReservationItem]] = defaultdict(list)
    for was, becomes in zip(before.line_items, after.line_items, strict=True):
        if becomes is not was:
            for kind, sku, units in _changed_units(was, becomes):
                if units > 0:
                    item = ReservationItem(line_number=was.line_number, sku=sku, quantity=units)
                    items[kind].append(item)
            for since, item in _moved_departures(was, becomes):
                moved[since].append(item)
    return (
        *_build_changes(before, items, cause=cause, at=at),
        *_build_moves(before, moved, cause=cause, at=at),
    )


def introduce_sku(
    order: Order, line: Line, sku: str, *, cause: str, at: datetime
) -> tuple[ReservationChange, ...]:
    """Request a sku by force and release it again: the reservation has the sku, and no unit of it.

    A substitution that arrives after a later one, or after the line was closed, reserves nothing. But parcels
    and shortages of its sku may follow, and `release_stock` accepts only skus that the order requested.
    """
    item = ReservationItem(line_number=line.line_number, sku=sku, quantity=line.quantity)
    return (
        *_build_changes(order, {Request.BY_FORCE: [item]}, cause=cause, at=at),
        *_build_changes(order, {ReleaseReason.SUBSTITUTED: [item]}, cause=cause, at=at),
    )


def _changed_units(was: Line, becomes: Line) -> Iterator[tuple[ChangeKind, str, int]]:
    """Yield kind, sku and units of each change: of what the line reserves, or of what the shelf lacks."""
    shipped = becomes.shipped - was.shipped
    yield ReleaseReason.SHIPPED, becomes.sku, shipped
    missing = 0
    for each in becomes.shortages:
        newly_missing = each.missing - find_shortage(was, each.sku).missing
        if each.sku == becomes.sku:
            missing = newly_missing
        else:
            yield ReleaseReason.MISSING, each.sku, newly_missing
    if becomes.sku != was.sku:
        yield ReleaseReason.SUBSTITUTED, was.sku, was.open_quantity
        yield Request.BY_FORCE, becomes.sku, becomes.open_quantity + shipped - becomes.backordered
        yield Request.AGAIN, becomes.sku, becomes.backordered
        return
    closed = max(0, was.open_quantity - becomes.open_quantity - shipped)
    for kind, units in _missing_units(was, becomes, closed, missing):
        yield kind, was.sku, units


def _moved_departures(was: Line, becomes: Line) -> Iterator[tuple[datetime, ReservationItem]]:
    """Yield the units that a message moved to an earlier time, with the time that they had before."""
    for sku in (each.sku for each in becomes.shortages):
        stated = find_shortage(was, sku)
        if not stated.since:
            continue
        for since, units in moved_units(stated, find_shortage(becomes, sku)).items():
            yield since, ReservationItem(line_number=was.line_number, sku=sku, quantity=units)


def _missing_units(was: Line, becomes: Line, closed: int, missing: int) -> tuple[tuple[ChangeKind, int], ...]:
    """Divide closed and newly missing units of a line's sku by what happens to their reservation.

    Units that are waited for and were reported missing before, with a substitute promised, are released
    and requested again.
    """
    later = becomes.backordered - was.backordered
    if later > 0:
        again = max(0, later - missing)
        return (
            (ReleaseReason.BACKORDERED, min(missing, later)),
            (ReleaseReason.MISSING, missing - later),
            (ReleaseReason.CANCELLED, again),
            (Request.AGAIN, again),
        )
    return (
        (ReleaseReason.SHORTED, min(missing, closed)),
        (ReleaseReason.MISSING, missing - closed),
        (ReleaseReason.CANCELLED, closed - missing),
    )


def _build_changes(
    order: Order, items: Mapping[ChangeKind, list[ReservationItem]], *, cause: str, at: datetime
) -> tuple[ReservationChange, ...]:
    common = _common_fields(order, at)
    reasons = sorted(kind for kind in items if isinstance(kind, ReleaseReason))
    releases = (
        ReservationReleased(
            **common,
            reservation_id=reservation_id(order.order_id, f"{cause}:{number}" if number else cause),
            force=False,
            items=tuple(items[reason]),
            reason=reason,
        )
        for number, reason in enumerate(reasons)
    )
    requests = (
        ReservationRequested(
            **common,
            reservation_id=reservation_id(order.order_id, request_cause),
            force=request is Request.BY_FORCE,
            items=tuple(items[request]),
            additional=True,
        )
        for request, request_cause in ((Request.BY_FORCE, cause), (Request.AGAIN, f"{cause}:again"))
        if request in items
    )
    return (*releases, *requests)


def _build_moves(
    order: Order, moved: Mapping[datetime, list[ReservationItem]], *, cause: str, at: datetime
) -> Iterator[ReservationReleased]:
    for number, since in enumerate(sorted(moved)):
        yield ReservationReleased(
            **_common_fields(order, at),
            reservation_id=reservation_id(order.order_id, f"{cause}:moved:{number}"),
            force=False,
            items=tuple(moved[since]),
            reason=ReleaseReason.MISSING,
            moved_from=since,
        )


def _common_fields(order: Order, at: datetime) -> dict[str, Any]:
    return {
        "ordering_key": order.order_id,
        "order_id": order.order_id,
        "location_id": order.ship_from_location_id,
        "occurred_at": at,
    }
