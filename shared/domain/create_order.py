"""Create an order (requirements 2.3)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import ClassVar

from msgspec.structs import replace

from shared.domain.decision import DUPLICATE, MAX_EVENT_ITEMS, Decision, Event, OrderEvent
from shared.domain.order import (
    Allocation,
    AllocationStatus,
    HistoryEntry,
    Line,
    Order,
    OrderStatus,
    Totals,
)
from shared.domain.order_amounts import amount_rules
from shared.domain.payment import Payment
from shared.domain.personal import Personal
from shared.domain.reservation_events import ReservationItem, ReservationRequested
from shared.domain.value import Value
from shared.domain.violations import DuplicateLine, OrderExists, TotalsMismatch
from shared.errors import RuleViolation, raise_all


class CreateOrder(Value):
    """The storefront's request for an order."""

    order_id: str
    customer_id: Personal
    t1_membership_id: Personal | None
    ship_from_location_id: str
    is_force_allocation: bool
    order_date: datetime
    line_items: Sequence[Line]
    totals: Totals
    payment: Payment


class OrderedLine(Value):
    """One line as it was ordered; the price is for one unit."""

    line_number: int
    sku: str
    quantity: int
    unit_price_minor: int
    is_bundle: bool


class OrderCreated(OrderEvent):
    """An order was accepted; amounts are in minor units of its currency."""

    type: ClassVar[str] = "order.created"

    status: OrderStatus
    ship_from_location_id: str
    line_count: int
    total_minor: int
    totals: Totals
    currency: str | None
    payment_method: str
    lines: tuple[OrderedLine, ...]
    lines_omitted: bool
    """The order has too many lines for one message; `lines` is empty."""
    ordered_at: datetime


class OrderAllocated(OrderEvent):
    """Stock is set aside for the whole order."""

    type: ClassVar[str] = "order.allocated"

    forced: bool
    items: tuple[ReservationItem, ...] = ()
    """What the order got last; empty where it is the whole order."""
    allocated_at: datetime


def create_order(existing: Order | None, command: CreateOrder, now: datetime) -> Decision:
    """Accept an order with amounts that add up; allocate it at once where that is forced.

    An order that exists is a duplicate where it was created from the same content: its claim expired.
    Raises DuplicateLine, TotalsMismatch, OrderExists.
    """
    raise_all(find_violations(command))
    if existing is not None:
        if _sort_lines(_restore_command(existing, command)) != _sort_lines(command):
            raise OrderExists
        return DUPLICATE
    order = _order(command, now)
    return Decision(changes=(order,), events=_events(order))


def _restore_command(order: Order, command: CreateOrder) -> CreateOrder:
    """Restore what the order was created from: a substitution keeps the ordered sku and price.

    An order that an earlier release stored has neither its ordered totals nor a currency before its first
    authorisation. There the lines and the amount alone are compared with the command.
    """
    return CreateOrder(
        order_id=order.order_id,
        customer_id=order.customer_id,
        t1_membership_id=order.t1_membership_id,
        ship_from_location_id=order.ship_from_location_id,
        is_force_allocation=order.allocation.forced,
        order_date=order.ordered_at,
        line_items=tuple(map(_ordered_line, order.line_items)),
        totals=order.ordered_totals or command.totals,
        payment=Payment(
            method=order.payment.method,
            amount_minor=order.payment.amount_minor,
            currency=order.payment.currency or command.payment.currency,
            decimals=order.payment.decimals,
        ),
    )


def _sort_lines(command: CreateOrder) -> CreateOrder:
    """Sort the lines by number: their order in the message means nothing."""
    return replace(command, line_items=tuple(sorted(command.line_items, key=attrgetter("line_number"))))


def _ordered_line(line: Line) -> Line:
    return Line(
        line_number=line.line_number,
        sku=line.ordered_sku or line.sku,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        is_bundle=line.is_bundle,
        amount_minor=line.quantity * line.unit_price_minor,
    )


def find_violations(command: CreateOrder) -> Iterator[RuleViolation]:
    """Yield every rule that the lines and the amounts of a new order break."""
    if len({line.line_number for line in command.line_items}) != len(command.line_items):
        yield DuplicateLine()
    for each in amount_rules(command.line_items, command.totals, command.payment.amount_minor):
        if each.broken:
            yield TotalsMismatch(each.field, each.rule)


def _order(command: CreateOrder, now: datetime) -> Order:
    forced = command.is_force_allocation
    return Order(
        order_id=command.order_id,
        customer_id=command.customer_id,
        t1_membership_id=command.t1_membership_id,
        ship_from_location_id=command.ship_from_location_id,
        ordered_at=command.order_date,
        status=OrderStatus.ALLOCATED if forced else OrderStatus.CREATED,
        allocation=Allocation(
            status=AllocationStatus.ALLOCATED if forced else AllocationStatus.REQUESTED, forced=forced
        ),
        line_items=command.line_items,
        totals=command.totals,
        payment=command.payment,
        created_at=now,
        updated_at=now,
        history=_history(command),
        ordered_totals=command.totals,
    )


def _history(command: CreateOrder) -> tuple[HistoryEntry, ...]:
    created = HistoryEntry(at=command.order_date, event=OrderCreated.type, ref=command.order_id)
    if not command.is_force_allocation:
        return (created,)
    allocated = HistoryEntry(at=command.order_date, event=OrderAllocated.type, ref=command.order_id)
    return (created, allocated)


def _events(order: Order) -> tuple[Event, ...]:
    omitted = len(order.line_items) > MAX_EVENT_ITEMS
    created = OrderCreated(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=order.ordered_at,
        status=order.status,
        ship_from_location_id=order.ship_from_location_id,
        line_count=len(order.line_items),
        total_minor=order.totals.total_minor,
        totals=order.totals,
        currency=order.payment.currency,
        payment_method=order.payment.method,
        lines=() if omitted else tuple(map(_published_line, order.line_items)),
        lines_omitted=omitted,
        ordered_at=order.ordered_at,
    )
    allocated = OrderAllocated(
        ordering_key=order.customer_id,
        order_id=order.order_id,
        occurred_at=order.ordered_at,
        forced=True,
        allocated_at=order.ordered_at,
    )
    events = (created, allocated) if order.allocation.forced else (created,)
    return (*events, _reservation_request(order))


def _published_line(line: Line) -> OrderedLine:
    return OrderedLine(
        line_number=line.line_number,
        sku=line.sku,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        is_bundle=line.is_bundle,
    )


def _reservation_request(order: Order) -> ReservationRequested:
    return ReservationRequested(
        ordering_key=order.order_id,
        reservation_id=order.order_id,
        order_id=order.order_id,
        location_id=order.ship_from_location_id,
        force=order.allocation.forced,
        items=tuple(
            ReservationItem(line_number=line.line_number, sku=line.sku, quantity=line.quantity)
            for line in order.line_items
        ),
        occurred_at=order.ordered_at,
    )
