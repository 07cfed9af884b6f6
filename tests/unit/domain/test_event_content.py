"""Events carry what their consumers need: the order, its version, and when it happened."""

import pytest
from msgspec.structs import replace

from shared.domain.cancel_order import OrderLinesCancelled, cancel_order
from shared.domain.closing_events import OrderShipped
from shared.domain.complete_decision import complete_decision
from shared.domain.create_order import CreateOrder, OrderCreated, create_order
from shared.domain.decision import MAX_EVENT_ITEMS, DomainEvent, OrderEvent
from shared.domain.order import Order, Totals
from shared.domain.release_order import OrderReleased, release_order
from shared.domain.ship_order import ship_order
from shared.domain.short_order import short_order
from tests.unit.domain.fulfilling import (
    NOW,
    ORDERED_AT,
    after,
    authorized,
    cancellation,
    order_of,
    parcel,
    release,
    shortage,
)


def command_of(order: Order) -> CreateOrder:
    """Return the command that creates an order like this one."""
    return CreateOrder(
        order_id=order.order_id,
        customer_id=order.customer_id,
        t1_membership_id=None,
        ship_from_location_id=order.ship_from_location_id,
        is_force_allocation=True,
        order_date=ORDERED_AT,
        line_items=order.line_items,
        totals=order.totals,
        payment=replace(order.payment, currency="THB", amount_minor=order.totals.total_minor),
    )


def created(*lines: tuple[str, int, int]) -> OrderCreated:
    """Create an order and return its event, as it is published."""
    decision = complete_decision({}, create_order(None, command_of(order_of(*lines)), NOW))
    event = decision.events[0]
    assert isinstance(event, OrderCreated)
    return event


def released(order: Order) -> OrderReleased:
    """Release an order and return the event."""
    event = release_order(order, release(), NOW).events[0]
    assert isinstance(event, OrderReleased)
    return event


def test_a_created_order_is_published_with_its_lines_and_amounts() -> None:
    """Requirements 2.3 publish the order: who learns of it needs to ask no one else."""
    event = created(("A", 2, 100), ("B", 1, 50))

    assert [(each.line_number, each.sku, each.quantity, each.unit_price_minor) for each in event.lines] == [
        (1, "A", 2, 100),
        (2, "B", 1, 50),
    ]
    assert event.totals == order_of(("A", 2, 100), ("B", 1, 50)).totals
    assert isinstance(event.totals, Totals)
    assert (event.currency, event.payment_method, event.line_count) == ("THB", "CC", 2)
    assert (event.order_version, event.occurred_at, event.lines_omitted) == (1, ORDERED_AT, False)


def test_an_order_too_large_for_one_event_lists_no_lines() -> None:
    """A message holds 10 MB; the event says how many lines it omits."""
    event = created(*(("A", 1, 1) for _ in range(MAX_EVENT_ITEMS + 1)))

    assert (event.lines, event.lines_omitted, event.line_count) == ((), True, MAX_EVENT_ITEMS + 1)


def test_the_largest_list_of_one_event_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order, a release and a parcel with as many items as an event takes list them all."""
    for rule in ("create_order", "release_order", "closing_events"):
        monkeypatch.setattr(f"shared.domain.{rule}.MAX_EVENT_ITEMS", 2)
    order = authorized(order_of(("A", 1, 10), ("B", 1, 10)), 70)

    (end,) = [
        each
        for each in ship_order(order, parcel((1, "A", 1), (2, "B", 1)), NOW).events
        if isinstance(each, OrderShipped)
    ]

    assert len(created(("A", 1, 10), ("B", 1, 10)).lines) == 2
    assert len(released(order).lines) == 2
    assert (len(end.shipments[0].items), end.items_omitted) == (2, False)


def test_a_released_order_is_published_with_what_is_left_to_pick() -> None:
    """What left already, is missing or was cancelled is not picked."""
    order = authorized(order_of(("A", 3, 10), ("B", 2, 10), ("C", 1, 10)), 200)
    order = after(order, short_order, shortage((2, "B", 2, 1)))
    order = after(order, cancel_order, cancellation(3))
    order = after(order, ship_order, parcel((1, "A", 1)))

    event = released(order)

    assert [(each.line_number, each.sku, each.quantity) for each in event.lines] == [(1, "A", 2), (2, "B", 1)]
    assert (event.line_count, event.lines_omitted) == (2, False)


def test_a_release_too_large_for_one_event_lists_no_lines() -> None:
    """The warehouse reads a large order from its own copy."""
    order = order_of(*(("A", 1, 1) for _ in range(MAX_EVENT_ITEMS + 1)))

    event = released(authorized(order, order.totals.total_minor))

    assert (event.lines, event.lines_omitted, event.line_count) == ((), True, MAX_EVENT_ITEMS + 1)


def test_a_cancellation_too_large_for_one_event_lists_no_items(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event names the lines all the same; one with as many items as an event takes lists them all."""
    monkeypatch.setattr("shared.domain.cancel_order.MAX_EVENT_ITEMS", 1)
    order = order_of(("A", 3, 10), ("B", 2, 10), ("C", 1, 10))

    both, one = (
        next(each for each in cancel_order(order, cancellation(*lines), NOW).events)
        for lines in ((1, 2), (1,))
    )

    assert isinstance(both, OrderLinesCancelled)
    assert (both.line_numbers, both.items, both.items_omitted) == ((1, 2), (), True)
    assert isinstance(one, OrderLinesCancelled)
    assert ([each.quantity for each in one.items], one.items_omitted) == ([3], False)


def test_every_event_has_the_version_that_its_change_made() -> None:
    """Of two events of one order a consumer knows the later one."""
    before = authorized(order_of(("A", 2, 10)), 100)
    for decision in (
        ship_order(before, parcel((1, "A", 1)), NOW),
        short_order(before, shortage((1, "A", 2, 1)), NOW),
        cancel_order(before, cancellation(), NOW),
        release_order(before, release(), NOW),
    ):
        completed = complete_decision({before.ref: before}, decision)
        published = [each for each in completed.events if isinstance(each, OrderEvent)]
        assert published
        assert {each.order_version for each in published} == {before.version + 1}


def test_every_event_on_order_events_states_version_and_time() -> None:
    """A new event without them fails here."""
    kinds = [each for each in _kinds(DomainEvent) if getattr(each, "topic", "") == "order-events"]

    assert len(kinds) > 10
    assert not [each for each in kinds if not {"order_version", "occurred_at"} <= {*each.__struct_fields__}]


def _kinds(kind: type[DomainEvent]) -> list[type[DomainEvent]]:
    """Return the kinds of events that are published: those with a type."""
    found = [each for one in kind.__subclasses__() for each in (one, *_kinds(one))]
    return [each for each in found if hasattr(each, "type")]
