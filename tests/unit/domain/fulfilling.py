"""Orders to fulfil, and what warehouse and storefront say about them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from msgspec.structs import replace

from shared.domain.cancel_order import CancelOrder
from shared.domain.create_order import CreateOrder, create_order
from shared.domain.decision import Decision
from shared.domain.order import Line, Order, OrderStatus, Shipment, ShippedItem, Totals
from shared.domain.payment import Authorization, Capture, Payment
from shared.domain.release_order import ReleaseOrder
from shared.domain.reservation_events import ReservationReleased, ReservationRequested
from shared.domain.ship_order import ShipOrder, ship_order
from shared.domain.short_order import Resolution, Severity, ShortItem, ShortOrder, short_order
from shared.domain.substitute_item import SubstituteItem, SubstitutionType, substitute_item
from shared.domain.substitution_price import PriceIncrease
from shared.errors import MessageError

Command = TypeVar("Command")
WarehouseCommand = ShortOrder | ShipOrder | SubstituteItem

ORDER_ID = "O-1"
ORDERED_AT = datetime(2024, 1, 10, 10, tzinfo=UTC)
EXPIRES_AT = ORDERED_AT + timedelta(days=7)
SHIPPED_AT = datetime(2024, 1, 10, 15, tzinfo=UTC)
NOW = datetime(2024, 1, 11, tzinfo=UTC)


def order_of(*lines: tuple[str, int, int], discount: int = 0, force: bool = True) -> Order:
    """Create an order of lines (sku, quantity, unit price), numbered from one; shipping costs 50."""
    items = tuple(
        Line(
            line_number=number,
            sku=sku,
            quantity=quantity,
            unit_price_minor=price,
            is_bundle=False,
            amount_minor=quantity * price,
        )
        for number, (sku, quantity, price) in enumerate(lines, start=1)
    )
    sub_total = sum(line.amount_minor for line in items)
    total = sub_total + 50 - discount
    command = CreateOrder(
        order_id=ORDER_ID,
        customer_id="CUST-1",
        t1_membership_id=None,
        ship_from_location_id="LOC-BKK-001",
        is_force_allocation=force,
        order_date=ORDERED_AT,
        line_items=items,
        totals=Totals(
            sub_total_minor=sub_total,
            tax_minor=0,
            shipping_minor=50,
            discount_minor=discount,
            total_minor=total,
        ),
        payment=Payment(method="CC", amount_minor=total),
    )
    return changed(create_order(None, command, ORDERED_AT))


def in_status(order: Order, status: OrderStatus) -> Order:
    """Put an order into a status."""
    return replace(order, status=status)


def authorized(order: Order, amount: int, *, expires: datetime = EXPIRES_AT) -> Order:
    """Authorise an amount, in minor units."""
    held = Authorization(
        authorization_id="AUTH-1",
        payment_id="PAY-1",
        amount_minor=amount,
        authorized_at=ORDERED_AT,
        expires_at=expires,
    )
    return replace(order, payment=replace(order.payment, currency="THB", authorizations=(held,)))


def captured(order: Order, amount: int) -> Order:
    """Capture an amount, in minor units."""
    taken = Capture(capture_id="CAP-1", payment_id="PAY-1", amount_minor=amount, captured_at=ORDERED_AT)
    return replace(order, payment=replace(order.payment, captures=(taken,)))


def parcel(
    *items: tuple[int, str, int],
    name: str = "SHIP-1",
    at: datetime = SHIPPED_AT,
    serials: tuple[str, ...] = (),
    waiting_since: datetime = NOW,
) -> ShipOrder:
    """Ship items of (line number, sku, quantity); serial numbers go with each of them."""
    return ShipOrder(
        order_id=ORDER_ID,
        shipment=Shipment(
            shipment_id=name,
            tracking_number=f"TH-{name}",
            carrier="KERRY",
            shipped_at=at,
            items=tuple(
                ShippedItem(line_number=number, sku=sku, quantity=quantity, serial_numbers=serials)
                for number, sku, quantity in items
            ),
        ),
        waiting_since=waiting_since,
    )


def shortage(
    *items: tuple[int, str, int, int], resolution: Resolution = Resolution.PARTIAL_SHIP, **fields: Any
) -> ShortOrder:
    """Short items of (line number, sku, ordered, available)."""
    command = ShortOrder(
        order_id=ORDER_ID,
        content="0" * 32,
        short_type="OUT_OF_STOCK",
        items=tuple(
            ShortItem(
                line_number=number,
                sku=sku,
                ordered_qty=ordered,
                available_qty=available,
                short_qty=ordered - available,
                reason=None,
            )
            for number, sku, ordered, available in items
        ),
        resolution=resolution,
        severity=Severity.HIGH,
        shorted_at=SHIPPED_AT,
    )
    return replace(command, **fields)


def substitution(
    original: int, adjusted: int, *, line: int = 1, sku: str = "A", to: str | None = None, **fields: Any
) -> SubstituteItem:
    """Substitute a line at new prices, rightly computed; by another sku where `to` names one."""
    increase = adjusted - original
    percentage = round(Decimal(increase * 100) / original, 1) if original else Decimal(0)
    command = SubstituteItem(
        order_id=ORDER_ID,
        content="0" * 32,
        substitution_type=SubstitutionType.ITEM_REPLACEMENT if to else SubstitutionType.WEIGHT_ADJUSTMENT,
        line_number=line,
        original_sku=sku,
        ordered_price=Decimal(original).scaleb(-2),
        sku=to or sku,
        actual_weight_grams=1150,
        adjusted_price=Decimal(adjusted).scaleb(-2),
        increase=PriceIncrease(amount=Decimal(increase).scaleb(-2), percentage=percentage, within_limit=True),
        substituted_at=SHIPPED_AT,
    )
    return replace(command, **fields)


def cancellation(*lines: int, at: datetime = SHIPPED_AT) -> CancelOrder:
    """Cancel lines, or the whole order."""
    return CancelOrder(
        order_id=ORDER_ID,
        line_numbers=lines,
        reason="Changed their mind",
        requested_by="QC-SMF",
        cancelled_at=at,
    )


def release() -> ReleaseOrder:
    """Release the order."""
    return ReleaseOrder(order_id=ORDER_ID, released_by="QC-SMF", released_at=SHIPPED_AT)


def changed(decision: Decision) -> Order:
    """Return the order a decision leads to."""
    (order,) = decision.changes
    assert isinstance(order, Order)
    return order


def after(order: Order, rule: Callable[[Order, Command, datetime], Decision], *commands: Command) -> Order:
    """Apply commands one after the other."""
    for command in commands:
        decision = rule(order, command, NOW)
        order = changed(decision) if decision.changes else order
    return order


def happened(order: Order, *commands: WarehouseCommand) -> Order:
    """Apply commands of several kinds, one after the other."""
    for each in commands:
        match each:
            case ShortOrder():
                order = after(order, short_order, each)
            case ShipOrder():
                order = after(order, ship_order, each)
            case SubstituteItem():
                order = after(order, substitute_item, each)
    return order


def delivered(
    order: Order,
    apply: Callable[[Order, Command], Order],
    messages: Sequence[Command],
    refusal: type[MessageError],
) -> Order:
    """Deliver messages; what is refused comes again after the others, until all are accepted."""
    for _ in range(len(messages)):
        refused = []
        for each in messages:
            try:
                order = apply(order, each)
            except refusal:
                refused.append(each)
        messages = refused
    assert not messages
    return order


def event_types(decision: Decision) -> list[str]:
    """List the types of a decision's events."""
    return [event.type for event in decision.events]


def requested(decision: Decision) -> list[tuple[bool, list[tuple[int, str, int]]]]:
    """List what a decision requests: whether by force, and (line number, sku, quantity)."""
    return [
        (event.force, [(item.line_number, item.sku, item.quantity) for item in event.items])
        for event in decision.events
        if isinstance(event, ReservationRequested)
    ]


def freed(decision: Decision) -> list[tuple[str | None, list[tuple[int, str, int]]]]:
    """List what a decision releases: reason, and (line number, sku, quantity)."""
    return [
        (event.reason, [(item.line_number, item.sku, item.quantity) for item in event.items])
        for event in decision.events
        if isinstance(event, ReservationReleased)
    ]
