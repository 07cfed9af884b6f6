"""Orders with deadlines, and the check of what has passed."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from shared.domain.complete_decision import complete_decision
from shared.domain.deadlines import (
    CheckDeadlines,
    check_deadlines,
)
from shared.domain.decision import Decision
from shared.domain.order import Order
from shared.domain.order_exception import OrderExceptionRaised
from shared.domain.ship_order import ship_order
from tests.unit.domain.fulfilling import (
    EXPIRES_AT,
    NOW,
    ORDER_ID,
    authorized,
    order_of,
    parcel,
)

CHECK = CheckDeadlines(order_id=ORDER_ID, version=0)
"""Of an order that has changed since the sweep found it."""
MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)


def completed(before: Order | None, decision: Decision) -> tuple[Order, list[str]]:
    """Complete a decision; return the order and the codes of the exceptions it publishes."""
    after = complete_decision({before.ref: before} if before else {}, decision)
    (order,) = after.changes
    assert isinstance(order, Order)
    return order, [each.code for each in after.events if isinstance(each, OrderExceptionRaised)]


def stored(order: Order) -> Order:
    """Return an order as it is stored, its position derived."""
    return completed(None, Decision(changes=(order,)))[0]


def check(order: Order, at: datetime) -> tuple[Order, list[str]]:
    """Check an order's deadlines; nothing may be decided where none has passed."""
    decision = check_deadlines(order, CHECK, at)
    return (order, []) if decision.stale else completed(order, decision)


def authorized_order() -> Order:
    """Return an allocated order of 4.50 that is authorised in full."""
    return stored(authorized(order_of(("A", 4, 100)), 450))


def shipped_order(method: str = "CC") -> Order:
    """Return an order that left in one parcel and is not captured."""
    order = authorized(order_of(("A", 4, 100)), 450, expires=EXPIRES_AT + 30 * DAY)
    paid = replace(order, payment=replace(order.payment, method=method))
    return completed(paid, ship_order(stored(paid), parcel((1, "A", 4)), NOW))[0]
