"""Whatever rule changes an order: the order says when, and the events say which order and since when."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from shared.domain.allocate_order import allocate_order, backorder_order
from shared.domain.authorize_payment import authorize_payment
from shared.domain.cancel_order import cancel_order
from shared.domain.capture_payment import capture_payment
from shared.domain.deadlines import CheckDeadlines, check_deadlines
from shared.domain.decision import Decision, OrderEvent
from shared.domain.order import Order
from shared.domain.refund_payment import refund_payment
from shared.domain.release_order import release_order
from shared.domain.reservation_events import ReservationReleased, ReservationRequested
from shared.domain.ship_order import ship_order
from shared.domain.short_order import Resolution, short_order
from shared.domain.substitute_item import substitute_item
from tests.unit.domain import paying
from tests.unit.domain.fulfilling import (
    EXPIRES_AT,
    ORDER_ID,
    ORDERED_AT,
    SHIPPED_AT,
    authorized,
    cancellation,
    captured,
    changed,
    order_of,
    parcel,
    release,
    shortage,
    substitution,
)
from tests.unit.domain.stocking import HAPPENED_AT, request

NOW = EXPIRES_AT
Rule = Callable[[Order, Any, datetime], Decision]

NEW = order_of(("A", 2, 100), force=False)
ORDER = order_of(("A", 2, 100))
PAID = captured(authorized(ORDER, 250, expires=NOW + (EXPIRES_AT - ORDERED_AT)), 250)
ONE_LEFT = shortage((1, "A", 2, 1))

CHANGES: dict[str, tuple[Order, Rule, Any, datetime]] = {
    "allocate": (NEW, allocate_order, request((1, "A", 2), order=ORDER_ID), HAPPENED_AT),
    "backorder": (NEW, backorder_order, request((1, "A", 2), order=ORDER_ID), HAPPENED_AT),
    "allocate what is allocated": (
        ORDER,
        allocate_order,
        request((1, "A", 2), order=ORDER_ID, force=True),
        HAPPENED_AT,
    ),
    "backorder what left": (
        changed(ship_order(ORDER, parcel((1, "A", 2)), SHIPPED_AT)),
        backorder_order,
        request((1, "A", 2), order=ORDER_ID),
        HAPPENED_AT,
    ),
    "authorize": (ORDER, authorize_payment, paying.authorization(1, 250), paying.AUTHORIZED_AT),
    "capture": (PAID, capture_payment, paying.capture(2, 1), paying.CAPTURED_AT),
    "refund": (PAID, refund_payment, paying.refund(1, 1), paying.REFUNDED_AT),
    "release": (PAID, release_order, release(), SHIPPED_AT),
    "ship a part": (ORDER, ship_order, parcel((1, "A", 1)), SHIPPED_AT),
    "ship": (ORDER, ship_order, parcel((1, "A", 2)), SHIPPED_AT),
    "short": (ORDER, short_order, ONE_LEFT, SHIPPED_AT),
    "cancel by a shortage": (
        ORDER,
        short_order,
        shortage((1, "A", 2, 1), resolution=Resolution.CANCEL_ORDER),
        SHIPPED_AT,
    ),
    "substitute": (ORDER, substitute_item, substitution(200, 220, to="B"), SHIPPED_AT),
    "cancel": (ORDER, cancel_order, cancellation(), SHIPPED_AT),
    "cancel a line": (order_of(("A", 2, 100), ("B", 1, 50)), cancel_order, cancellation(1), SHIPPED_AT),
    "expire": (authorized(ORDER, 250), check_deadlines, CheckDeadlines(order_id=ORDER_ID, version=1), NOW),
}


@pytest.mark.parametrize(("before", "rule", "command", "at"), CHANGES.values(), ids=CHANGES)
def test_every_rule_dates_its_change(before: Order, rule: Rule, command: Any, at: datetime) -> None:
    """The order has the time of processing and the next version; its history has the business time."""
    after = changed(rule(before, command, NOW))

    assert (after.updated_at, after.created_at) == (NOW, before.created_at)
    assert after.version == before.version + 1
    assert {each.at for each in after.history if each not in before.history} == {at}


@pytest.mark.parametrize(("before", "rule", "command", "at"), CHANGES.values(), ids=CHANGES)
def test_every_event_names_its_order_and_the_business_time(
    before: Order, rule: Rule, command: Any, at: datetime
) -> None:
    """Events of an order have its customer as ordering key; requests to stock have the order."""
    for event in rule(before, command, NOW).events:
        if isinstance(event, OrderEvent | ReservationReleased | ReservationRequested):
            assert (event.order_id, event.occurred_at) == (ORDER_ID, at)
        if isinstance(event, OrderEvent):
            assert event.ordering_key == "CUST-1"
        if isinstance(event, ReservationReleased | ReservationRequested):
            assert (event.ordering_key, event.location_id) == (ORDER_ID, "LOC-BKK-001")
