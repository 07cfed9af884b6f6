"""Release an order to the warehouse."""

from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import MAX_EVENT_ITEMS, Decision, OrderEvent
from shared.domain.history import with_history
from shared.domain.order import AllocationStatus, HistoryEntry, Line, Order
from shared.domain.order_position import order_position
from shared.domain.payment_terms import PaymentTerms, find_terms
from shared.domain.state_machine import Move, next_status
from shared.domain.value import Value
from shared.domain.violations import MoveTooEarly, ReleaseNotAuthorized


class ReleaseOrder(Value):
    """The storefront allows the warehouse to begin."""

    order_id: str
    released_by: str
    released_at: datetime


class LineToPick(Value):
    """Units of one line that are to leave the warehouse."""

    line_number: int
    sku: str
    quantity: int


class OrderReleased(OrderEvent):
    """The warehouse may begin."""

    type: ClassVar[str] = "order.released"

    released_by: str
    released_at: datetime
    ship_from_location_id: str
    line_count: int
    """Lines with units to pick."""
    lines: tuple[LineToPick, ...]
    """The units to pick."""
    lines_omitted: bool
    """The order has too many lines for one message; `lines` is empty."""


def release_order(order: Order, command: ReleaseOrder, now: datetime) -> Decision:
    """Release an order that is allocated, and covered by its payment at `now`.

    A parcel may overtake the release: then the status stays. Raises MoveTooEarly without allocation,
    ReleaseNotAuthorized (too early) where the payment does not cover what is due, IllegalMove.
    """
    status = next_status(order.status, Move.RELEASE)
    if order.allocation.status is not AllocationStatus.ALLOCATED:  # a parcel may have left all the same
        raise MoveTooEarly(order.status, Move.RELEASE)
    if not _is_covered(order, now):
        raise ReleaseNotAuthorized
    entry = HistoryEntry(at=command.released_at, event=OrderReleased.type, ref=order.order_id)
    changed = with_history(replace(order, status=status, released_at=command.released_at), entry, now=now)
    return Decision(changes=(changed,), events=(_event(changed, command),))


def _is_covered(order: Order, now: datetime) -> bool:
    on_delivery = find_terms(order.payment.method) is PaymentTerms.ON_DELIVERY
    return on_delivery or order_position(order, at=now).covered


def _event(order: Order, command: ReleaseOrder) -> OrderReleased:
    opened = [line for line in order.line_items if line.open_quantity]
    omitted = len(opened) > MAX_EVENT_ITEMS
    return OrderReleased(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=command.released_at,
        released_by=command.released_by,
        released_at=command.released_at,
        ship_from_location_id=order.ship_from_location_id,
        line_count=len(opened),
        lines=() if omitted else tuple(map(_to_pick, opened)),
        lines_omitted=omitted,
    )


def _to_pick(line: Line) -> LineToPick:
    return LineToPick(line_number=line.line_number, sku=line.sku, quantity=line.open_quantity)
