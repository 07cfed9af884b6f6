"""An order is stored as it was placed, and recognised when its message comes again without a claim."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from shared.domain.cancel_order import cancel_order
from shared.domain.create_order import CreateOrder, OrderAllocated, create_order
from shared.domain.decision import DUPLICATE
from shared.domain.order import Allocation, AllocationStatus, HistoryEntry, Line, Order, OrderStatus, Totals
from shared.domain.payment import Payment
from shared.domain.reservation_events import ReservationItem, ReservationRequested
from shared.domain.ship_order import ship_order
from shared.domain.short_order import short_order
from shared.domain.substitute_item import substitute_item
from shared.domain.violations import DuplicateLine, OrderExists, TotalsMismatch
from tests.unit.domain.fulfilling import (
    NOW,
    ORDER_ID,
    ORDERED_AT,
    after,
    authorized,
    cancellation,
    captured,
    changed,
    parcel,
    shortage,
    substitution,
)

TOTALS = Totals(sub_total_minor=250, tax_minor=7, shipping_minor=50, discount_minor=10, total_minor=297)


def line(number: int, sku: str, quantity: int, price: int, *, bundle: bool = False) -> Line:
    """Order a line."""
    return Line(
        line_number=number,
        sku=sku,
        quantity=quantity,
        unit_price_minor=price,
        is_bundle=bundle,
        amount_minor=quantity * price,
    )


LINES = (line(1, "A", 2, 100), line(2, "B", 1, 50, bundle=True))


def command(**fields: Any) -> CreateOrder:
    """Ask for an order of 2.97, some of its fields replaced."""
    placed = CreateOrder(
        order_id=ORDER_ID,
        customer_id="CUST-1",
        t1_membership_id="T1-1",
        ship_from_location_id="LOC-BKK-001",
        is_force_allocation=True,
        order_date=ORDERED_AT,
        line_items=LINES,
        totals=TOTALS,
        payment=Payment(method="CC", amount_minor=297, currency="THB"),
    )
    return replace(placed, **fields)


@pytest.mark.parametrize(
    ("forced", "status", "allocation", "events"),
    [
        (True, OrderStatus.ALLOCATED, AllocationStatus.ALLOCATED, ["order.created", "order.allocated"]),
        (False, OrderStatus.CREATED, AllocationStatus.REQUESTED, ["order.created"]),
    ],
)
def test_an_order_is_stored_as_it_was_placed(
    forced: bool,  # noqa: FBT001 - the case
    status: OrderStatus,
    allocation: AllocationStatus,
    events: list[str],
) -> None:
    """A forced one is allocated at once; the times of its history are the storefront's."""
    placed = command(is_force_allocation=forced)

    assert changed(create_order(None, placed, NOW)) == Order(
        order_id=ORDER_ID,
        customer_id="CUST-1",
        t1_membership_id="T1-1",
        ship_from_location_id="LOC-BKK-001",
        ordered_at=ORDERED_AT,
        status=status,
        allocation=Allocation(status=allocation, forced=forced),
        line_items=LINES,
        totals=TOTALS,
        payment=placed.payment,
        created_at=NOW,
        updated_at=NOW,
        history=tuple(HistoryEntry(at=ORDERED_AT, event=each, ref=ORDER_ID) for each in events),
        ordered_totals=TOTALS,
    )


@pytest.mark.parametrize("forced", [True, False])
def test_a_new_order_requests_its_stock(forced: bool) -> None:  # noqa: FBT001 - the case
    """Every line is requested at the order's location; a forced order is allocated before that."""
    events = create_order(None, command(is_force_allocation=forced), NOW).events[1:]

    allocated = OrderAllocated(
        ordering_key="CUST-1",
        order_id=ORDER_ID,
        occurred_at=ORDERED_AT,
        forced=True,
        allocated_at=ORDERED_AT,
    )
    request = ReservationRequested(
        ordering_key=ORDER_ID,
        reservation_id=ORDER_ID,
        order_id=ORDER_ID,
        location_id="LOC-BKK-001",
        force=forced,
        items=(
            ReservationItem(line_number=1, sku="A", quantity=2),
            ReservationItem(line_number=2, sku="B", quantity=1),
        ),
        occurred_at=ORDERED_AT,
    )
    assert events == ((allocated, request) if forced else (request,))


PLACED = changed(create_order(None, command(), NOW))
LATER = {
    "as it was placed": PLACED,
    "shipped in part": after(PLACED, ship_order, parcel((1, "A", 1))),
    "shorted": after(PLACED, short_order, shortage((1, "A", 2, 1))),
    "cancelled": after(PLACED, cancel_order, cancellation()),
    "substituted": after(PLACED, substitute_item, substitution(200, 220, to="C")),
    "another weight": after(PLACED, substitute_item, substitution(200, 220)),
    "paid": captured(authorized(PLACED, 297), 297),
    "of an earlier release": replace(
        PLACED, ordered_totals=None, payment=replace(PLACED.payment, currency=None)
    ),
}


@pytest.mark.parametrize("stored", LATER.values(), ids=LATER)
def test_an_order_is_a_duplicate_of_itself_whatever_happened_to_it(stored: Order) -> None:
    """Its claim has expired: the content it was created from is restored and compared, lines in any order."""
    assert create_order(stored, command(line_items=LINES[::-1]), NOW) == DUPLICATE


OTHERS: dict[str, dict[str, Any]] = {
    "customer": {"customer_id": "CUST-2"},
    "membership": {"t1_membership_id": None},
    "location": {"ship_from_location_id": "LOC-BKK-002"},
    "allocation": {"is_force_allocation": False},
    "date": {"order_date": ORDERED_AT + timedelta(seconds=1)},
    "sku": {"line_items": (line(1, "C", 2, 100), LINES[1])},
    "line number": {"line_items": (LINES[0], line(3, "B", 1, 50, bundle=True))},
    "quantity and price": {"line_items": (line(1, "A", 1, 200), LINES[1])},
    "bundle": {"line_items": (LINES[0], line(2, "B", 1, 50))},
    "charges": {"totals": replace(TOTALS, tax_minor=8, shipping_minor=49)},
    "method": {"payment": Payment(method="COD", amount_minor=297, currency="THB")},
    "currency": {"payment": Payment(method="CC", amount_minor=297, currency="USD")},
    "decimals": {"payment": Payment(method="CC", amount_minor=297, currency="THB", decimals=3)},
}


@pytest.mark.parametrize("fields", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("stored", [PLACED, LATER["substituted"]], ids=["as placed", "substituted"])
def test_an_order_id_is_used_once(stored: Order, fields: dict[str, Any]) -> None:
    """`order.exists`: any other content is another order."""
    with pytest.raises(OrderExists):
        create_order(stored, command(**fields), NOW)


def test_a_line_number_is_used_once() -> None:
    """`order.duplicate_line`: later messages name a line by its number."""
    with pytest.raises(DuplicateLine):
        create_order(None, command(line_items=(LINES[0], replace(LINES[1], line_number=1))), NOW)


def test_amounts_that_do_not_add_up_are_rejected() -> None:
    """`order.totals_mismatch`: the error names the amount and its rule."""
    payment = Payment(method="CC", amount_minor=296, currency="THB")

    with pytest.raises(TotalsMismatch, match=r"^payment\.amount: must equal totals\.total$"):
        create_order(None, command(payment=payment), NOW)
