from shared.contracts.short import Short
from shared.domain.closing_events import OrderCancelled
from shared.domain.decision import MAX_EVENT_ITEMS
from shared.domain.order import LineShortage, MissingUnits, OrderStatus
from shared.domain.reservation_events import ReservationReleased
from shared.domain.ship_order import ship_order
from shared.domain.short_order import OrderShorted, Resolution, short_order
from shared.domain.substitute_item import substitute_item
from tests.examples import example
from tests.unit.domain.fulfilling import (
    NOW,
    SHIPPED_AT,
    after,
    changed,
    event_types,
    freed,
    order_of,
    parcel,
    requested,
    shortage,
    substitution,
)
from tests.unit.domain.paying import new_order


def test_the_example_of_the_requirements_shorts_one_of_two() -> None:
    """The message of requirements 3.3 leaves one unit to ship and to pay, and says how severe it is."""
    short = Short.parse(
        example("short").payload, example("short").attributes | {"timestamp": "2024-01-10T15:00:00Z"}
    )

    decision = short_order(new_order(), short.to_command(), NOW)

    order = changed(decision)
    assert (order.line_items[0].shorted, order.line_items[0].open_quantity) == (1, 1)
    assert (order.totals.sub_total_minor, order.totals.total_minor) == (59999, 59999 + 4200 + 5000)
    assert freed(decision) == [("SHORTED", [(1, "SKU-001", 1)])]
    event = decision.events[0]
    assert isinstance(event, OrderShorted)
    assert (event.severity, event.resolution, event.shorted_at) == ("HIGH", "PARTIAL_SHIP", SHIPPED_AT)
    assert event.short_type == "OUT_OF_STOCK"
    assert (event.items[0].short_qty, event.items[0].reason) == (1, "Inventory discrepancy")


def test_a_shortage_too_large_for_one_event_lists_no_items() -> None:
    """A message holds 10 MB, and the event's items take more room than those of the shortage."""
    count = MAX_EVENT_ITEMS + 1
    order = order_of(*(("A", 1, 10) for _ in range(count)))

    event = short_order(order, shortage(*((each + 1, "A", 1, 0) for each in range(count))), NOW).events[0]

    assert isinstance(event, OrderShorted)
    assert (event.line_count, event.items_omitted, event.items) == (count, True, ())


def test_a_cancelled_line_is_closed_whole() -> None:
    """CANCEL_LINE: the missing unit is shorted, the two that were there are cancelled with it."""
    order = order_of(("A", 3, 10), ("B", 1, 10))

    decision = short_order(order, shortage((1, "A", 3, 2), resolution=Resolution.CANCEL_LINE), NOW)

    line = changed(decision).line_items[0]
    assert (line.shorted, line.cancelled, line.open_quantity) == (1, 2, 0)
    assert changed(decision).line_items[1].open_quantity == 1
    assert freed(decision) == [("CANCELLED", [(1, "A", 2)]), ("SHORTED", [(1, "A", 1)])]
    assert [event.reservation_id for event in decision.events if isinstance(event, ReservationReleased)] == [
        f"O-1:short:{'0' * 32}:{SHIPPED_AT.isoformat()}",
        f"O-1:short:{'0' * 32}:{SHIPPED_AT.isoformat()}:1",
    ]


def test_a_cancelled_order_keeps_nothing_open() -> None:
    """CANCEL_ORDER: every line is closed and the order is cancelled; only the missing unit left its shelf."""
    order = order_of(("A", 3, 10), ("B", 1, 10))

    decision = short_order(order, shortage((1, "A", 3, 2), resolution=Resolution.CANCEL_ORDER), NOW)

    assert changed(decision).status is OrderStatus.CANCELLED
    assert changed(decision).totals.total_minor == 0
    assert freed(decision) == [("CANCELLED", [(1, "A", 2), (2, "B", 1)]), ("SHORTED", [(1, "A", 1)])]
    assert isinstance(decision.events[-1], OrderCancelled)


def test_a_cancelled_order_keeps_what_left() -> None:
    """CANCEL_ORDER after a parcel: what left stays shipped, and the order ends as shipped."""
    order = after(order_of(("A", 3, 10)), ship_order, parcel((1, "A", 1)))

    decision = short_order(order, shortage((1, "A", 3, 2), resolution=Resolution.CANCEL_ORDER), NOW)

    assert changed(decision).status is OrderStatus.SHIPPED
    assert event_types(decision) == [
        "order.shorted",
        "reservation.released",
        "reservation.released",
        "order.shipped",
    ]


def test_backordered_units_stay_open_and_are_waited_for() -> None:
    """BACKORDER: the units are not on the shelf and come later; nothing gets cheaper."""
    order = order_of(("A", 3, 10))

    decision = short_order(order, shortage((1, "A", 3, 1), resolution=Resolution.BACKORDER), NOW)

    line = changed(decision).line_items[0]
    assert (line.backordered, line.open_quantity) == (2, 3)
    assert changed(decision).totals == order.totals
    assert freed(decision) == [("BACKORDERED", [(1, "A", 2)])]


def test_shipped_units_are_no_longer_waited_for() -> None:
    """No more units are backordered than are open, whichever of parcel and shortage comes first."""
    late, part = shortage((1, "A", 3, 1), resolution=Resolution.BACKORDER), parcel((1, "A", 2))

    first = after(after(order_of(("A", 3, 10)), short_order, late), ship_order, part)
    last = after(after(order_of(("A", 3, 10)), ship_order, part), short_order, late)

    assert first == last
    assert first.line_items[0].backordered == 1


def test_a_substitute_is_promised_for_missing_units() -> None:
    """SUBSTITUTE: the units are not on the shelf; the substitution brings the rest of the change."""
    order = order_of(("A", 3, 10))

    decision = short_order(order, shortage((1, "A", 3, 1), resolution=Resolution.SUBSTITUTE), NOW)

    line = changed(decision).line_items[0]
    assert (line.shorted, line.backordered, line.open_quantity) == (0, 0, 3)
    since = (MissingUnits(at=SHIPPED_AT, units=2),)
    assert line.shortages == (
        LineShortage(sku="A", missing=2, substitute_promised_at=SHIPPED_AT, since=since),
    )
    assert changed(decision).history[-1].event == "order.shorted"
    assert freed(decision) == [("MISSING", [(1, "A", 2)])]


def test_a_substitute_is_requested_for_the_whole_line() -> None:
    """The units it replaces are released, missing or not."""
    order = after(
        order_of(("A", 3, 100)), short_order, shortage((1, "A", 3, 1), resolution=Resolution.SUBSTITUTE)
    )

    decision = substitute_item(order, substitution(300, 330, to="B"), NOW)

    assert freed(decision) == [("SUBSTITUTED", [(1, "A", 3)])]
    assert requested(decision) == [(True, [(1, "B", 3)])]


def test_an_order_without_any_found_unit_is_cancelled() -> None:
    """When the last open unit is shorted and nothing left, the order ends as cancelled, with its history."""
    order = after(order_of(("A", 1, 10), ("B", 1, 10)), short_order, shortage((1, "A", 1, 0)))

    decision = short_order(order, shortage((2, "B", 1, 0)), NOW)

    assert changed(decision).status is OrderStatus.CANCELLED
    assert "order.cancelled" in [each.event for each in changed(decision).history]
    assert event_types(decision)[-1] == "order.cancelled"


def test_a_shortage_ends_a_partially_shipped_order() -> None:
    """When the rest is shorted, the order is shipped, and an event says so."""
    order = after(order_of(("A", 2, 10)), ship_order, parcel((1, "A", 1)))

    decision = short_order(order, shortage((1, "A", 2, 1)), NOW)

    assert changed(decision).status is OrderStatus.SHIPPED
    assert event_types(decision)[-1] == "order.shipped"


def test_units_that_ship_without_are_not_waited_for() -> None:
    """PARTIAL_SHIP and BACKORDER of the same units contradict each other; PARTIAL_SHIP wins, in any order."""
    late = shortage((1, "A", 3, 1), resolution=Resolution.BACKORDER, content="2")
    never = shortage((1, "A", 3, 1), content="3")
    order = order_of(("A", 3, 10))

    first = short_order(after(order, short_order, late), never, NOW)
    last = after(order, short_order, never, late)

    assert changed(first).line_items == last.line_items
    assert (last.line_items[0].shorted, last.line_items[0].backordered) == (2, 0)
    assert freed(first) == [("CANCELLED", [(1, "A", 2)])]


def test_a_line_keeps_the_shortages_of_each_of_its_skus() -> None:
    """One of two is missing of the ordered sku and of its substitute: both are known, sorted by sku."""
    order = after(order_of(("B", 2, 100)), substitute_item, substitution(200, 200, sku="B", to="A"))
    both = (shortage((1, "B", 2, 1)), shortage((1, "A", 2, 1)))

    first, second = (after(order, short_order, *each).line_items[0] for each in (both, both[::-1]))

    assert [(each.sku, each.missing) for each in first.shortages] == [("A", 1), ("B", 1)]
    assert first == second
