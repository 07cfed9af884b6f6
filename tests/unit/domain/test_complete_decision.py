"""Whatever rule changes an order, its payment position follows and is published where it changed."""

import pytest

from shared.domain.cancel_order import cancel_order
from shared.domain.complete_decision import complete_decision
from shared.domain.decision import Decision, DomainEvent, OrderEvent
from shared.domain.order import Order
from shared.domain.order_position import PaymentPositionChanged, order_position
from shared.domain.release_order import release_order
from shared.domain.short_order import short_order
from shared.domain.substitute_item import substitute_item
from tests.unit.domain.fulfilling import (
    NOW,
    ORDER_ID,
    ORDERED_AT,
    authorized,
    cancellation,
    captured,
    order_of,
    release,
    shortage,
    substitution,
)


def completed(before: Order | None, decision: Decision) -> tuple[Order, list[PaymentPositionChanged]]:
    """Complete a decision; return the order and the positions it publishes."""
    after = complete_decision({before.ref: before} if before else {}, decision)
    (order,) = after.changes
    assert isinstance(order, Order)
    return order, [each for each in after.events if isinstance(each, PaymentPositionChanged)]


def paid_order() -> Order:
    """Return an order of 4.50 that is authorised and captured, its position published."""
    order = captured(authorized(order_of(("A", 4, 100)), 450), 450)
    return completed(None, Decision(changes=(order,)))[0]


def test_a_new_order_publishes_what_is_to_be_authorised() -> None:
    """The payment service learns from the first position what an order costs."""
    order, (position,) = completed(None, Decision(changes=(order_of(("A", 4, 100)),)))

    assert (position.due_minor, position.to_authorize_minor) == (450, 450)
    assert (position.order_version, position.payment_method) == (order.version, "CC")
    assert (position.ordering_key, position.order_id, position.occurred_at, position.currency) == (
        "CUST-1",
        ORDER_ID,
        ORDERED_AT,
        None,
    )
    assert order.position == order_position(order)


def test_every_change_of_the_total_publishes_the_position() -> None:
    """After a shortage, a cancellation or another weight the position says what is to be refunded."""
    before = paid_order()
    decisions = {
        "short": (short_order(before, shortage((1, "A", 4, 3)), NOW), 100),
        "cancel": (cancel_order(before, cancellation(), NOW), 450),
        "weight": (substitute_item(before, substitution(400, 300), NOW), 100),
    }

    for name, (decision, refund) in decisions.items():
        order, (position,) = completed(before, decision)
        assert position.to_refund_minor == refund, name
        assert position.order_version == order.version > before.version


def test_a_change_that_leaves_the_position_publishes_none() -> None:
    """A release changes nothing of the money."""
    before = paid_order()

    assert completed(before, release_order(before, release(), NOW))[1] == []


def test_of_the_levels_of_two_cancelled_lines_the_last_wins() -> None:
    """100.00, then 150.00 are to be refunded in all: the second position replaces the first."""
    order = captured(authorized(order_of(("A", 1, 10_000), ("B", 1, 5_000)), 15_050), 15_050)
    order = completed(None, Decision(changes=(order,)))[0]

    first, (one,) = completed(order, cancel_order(order, cancellation(1), NOW))
    _, (two,) = completed(first, cancel_order(first, cancellation(2), NOW))

    assert [one.to_refund_minor, two.to_refund_minor] == [10_000, 15_050]
    assert one.order_version < two.order_version


def amounts_in(event: DomainEvent) -> set[str]:
    """Name the fields that say what is to be voided or refunded."""
    return {name for name in event.__struct_fields__ if name in {"void_minor", "refund_minor", "payment"}}


def test_no_other_event_says_what_to_void_or_refund() -> None:
    """Levels are published in one kind of event, so that none is taken for an instruction."""
    before = paid_order()
    for decision in (
        cancel_order(before, cancellation(), NOW),
        cancel_order(before, cancellation(1), NOW),
        short_order(before, shortage((1, "A", 4, 3)), NOW),
    ):
        assert [amounts_in(each) for each in decision.events] == [set()] * len(decision.events)


@pytest.mark.parametrize(
    ("min_version", "versions"), [(0, [1, 2]), (2, [2, 3]), (100_000, [100_000, 100_001])]
)
def test_versions_start_at_the_lowest_one_and_still_rise(min_version: int, versions: list[int]) -> None:
    """After a restore every change of an order has a version above all before, and so have its events."""
    decision = complete_decision({}, Decision(changes=(order_of(("A", 4, 100)),)), min_version)
    (order,) = decision.changes
    assert isinstance(order, Order)
    changed = cancel_order(order, cancellation(), NOW)
    after = complete_decision({order.ref: order}, changed, min_version)
    (cancelled,) = after.changes
    assert isinstance(cancelled, Order)

    assert [order.version, cancelled.version] == versions
    assert {each.order_version for each in after.events if isinstance(each, OrderEvent)} == {versions[1]}
