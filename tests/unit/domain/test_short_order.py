import pytest
from msgspec.structs import replace

from shared.contracts.short import Short
from shared.domain.order import OrderStatus
from shared.domain.order_change import OrderCancelled
from shared.domain.ship_order import ship_order
from shared.domain.short_order import OrderShorted, Resolution, Severity, short_order
from shared.domain.substitute_item import substitute_item
from shared.domain.violations import (
    IllegalMove,
    OrderedQuantityMismatch,
    OverShorted,
    ShortArithmetic,
    SkuMismatch,
    UnknownLine,
)
from tests.examples import example
from tests.unit.domain.fulfilling import (
    NOW,
    SHIPPED_AT,
    after,
    authorized,
    changed,
    freed,
    in_status,
    order_of,
    parcel,
    shortage,
    substitution,
    told,
)
from tests.unit.domain.paying import new_order

TOLD_AT = {"timestamp": "2024-01-10T15:00:00Z"}


def test_the_example_of_the_requirements_shorts_one_of_two() -> None:
    """The message of requirements 3.3 leaves one unit to ship and to pay, and says how severe it is."""
    short = Short.parse(example("short").payload, example("short").attributes | TOLD_AT)

    decision = short_order(new_order(), short.to_command(), NOW)

    order = changed(decision)
    assert (order.line_items[0].shorted, order.line_items[0].open_quantity) == (1, 1)
    assert (order.totals.sub_total_minor, order.totals.total_minor) == (59999, 59999 + 4200 + 5000)
    assert freed(decision) == [("SHORTED", [(1, "SKU-001", 1)])]
    event = decision.events[0]
    assert isinstance(event, OrderShorted)
    assert (event.severity, event.resolution, event.shorted_at) == ("HIGH", "PARTIAL_SHIP", SHIPPED_AT)
    assert (event.items[0].short_qty, event.items[0].reason) == (1, "Inventory discrepancy")


def test_a_cancelled_line_is_shorted_whole() -> None:
    """CANCEL_LINE: what is still open on the line will not come, though some of it was there."""
    decision = short_order(
        order_of(("A", 3, 10), ("B", 1, 10)), shortage((1, "A", 3, 2), resolution=Resolution.CANCEL_LINE), NOW
    )

    assert [line.open_quantity for line in changed(decision).line_items] == [0, 1]
    assert freed(decision) == [("CANCELLED", [(1, "A", 2)]), ("SHORTED", [(1, "A", 1)])]


def test_a_cancelled_order_keeps_nothing_open() -> None:
    """CANCEL_ORDER: every line is closed, and the order is cancelled."""
    order = authorized(order_of(("A", 3, 10), ("B", 1, 10)), 90)

    decision = short_order(order, shortage((1, "A", 3, 2), resolution=Resolution.CANCEL_ORDER), NOW)

    assert changed(decision).status is OrderStatus.CANCELLED
    assert changed(decision).totals.total_minor == 0
    assert freed(decision) == [("CANCELLED", [(1, "A", 2), (2, "B", 1)]), ("SHORTED", [(1, "A", 1)])]
    assert any(isinstance(each, OrderCancelled) for each in decision.events)


def test_a_cancelled_order_keeps_what_left() -> None:
    """CANCEL_ORDER after a parcel: what left stays shipped, and the order ends as shipped."""
    order = after(order_of(("A", 3, 10)), ship_order, parcel((1, "A", 1)))

    decision = short_order(order, shortage((1, "A", 3, 2), resolution=Resolution.CANCEL_ORDER), NOW)

    assert changed(decision).status is OrderStatus.SHIPPED
    assert told(decision) == ["order.shorted", *["reservation.released"] * 2, "order.shipped"]


def test_backordered_units_stay_open() -> None:
    """BACKORDER: the units come later and are waited for; nothing gets cheaper."""
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


def test_a_shortage_that_is_substituted_changes_no_quantity() -> None:
    """SUBSTITUTE: the shortage is told and noted; the substitution brings the change."""
    order = order_of(("A", 3, 10))

    decision = short_order(order, shortage((1, "A", 3, 0), resolution=Resolution.SUBSTITUTE), NOW)

    assert changed(decision).line_items[0].open_quantity == 3
    assert changed(decision).history[-1].event == "order.shorted"
    assert freed(decision) == [("MISSING", [(1, "A", 3)])]


def test_a_shortage_may_come_after_its_substitution() -> None:
    """The shortage names the sku that was ordered, though the line is another sku by now."""
    order = after(order_of(("A", 1, 100)), substitute_item, substitution(100, 100, to="B"))

    shorted = after(order, short_order, shortage((1, "A", 1, 0), resolution=Resolution.SUBSTITUTE))

    assert shorted.line_items[0].sku == "B"


def test_an_order_of_which_nothing_is_found_is_cancelled() -> None:
    """When the last open unit is shorted and nothing left, the order ends as cancelled, with its timeline."""
    order = after(order_of(("A", 1, 10), ("B", 1, 10)), short_order, shortage((1, "A", 1, 0)))

    decision = short_order(order, shortage((2, "B", 1, 0)), NOW)

    assert changed(decision).status is OrderStatus.CANCELLED
    assert "order.cancelled" in [each.event for each in changed(decision).history]
    assert told(decision)[-1] == "order.cancelled"


def test_a_shortage_ends_a_partially_shipped_order() -> None:
    """When what did not leave is shorted, the order is shipped, and that is told."""
    order = after(order_of(("A", 2, 10)), ship_order, parcel((1, "A", 1)))

    decision = short_order(order, shortage((1, "A", 2, 1)), NOW)

    assert changed(decision).status is OrderStatus.SHIPPED
    assert told(decision)[-1] == "order.shipped"


def test_quantities_that_do_not_add_up_are_rejected() -> None:
    """`short.arithmetic`: shortQty is orderedQty less availableQty."""
    command = shortage((1, "A", 2, 1))
    with pytest.raises(ShortArithmetic) as rejected:
        short_order(
            order_of(("A", 3, 10)), shortage(items=(replace(command.items[0], available_qty=0),)), NOW
        )
    assert rejected.value.slug == "short.arithmetic"


def test_another_ordered_quantity_is_rejected() -> None:
    """`short.ordered_mismatch`: warehouse and order speak of different quantities."""
    with pytest.raises(OrderedQuantityMismatch) as rejected:
        short_order(order_of(("A", 3, 10)), shortage((1, "A", 2, 1)), NOW)
    assert rejected.value.slug == "short.ordered_mismatch"


@pytest.mark.parametrize(
    "resolution", [Resolution.PARTIAL_SHIP, Resolution.CANCEL_LINE, Resolution.CANCEL_ORDER]
)
def test_more_than_is_open_is_rejected(resolution: Resolution) -> None:
    """`short.over_shorted`: what left the warehouse was there."""
    order = after(order_of(("A", 3, 10)), ship_order, parcel((1, "A", 2)))
    with pytest.raises(OverShorted) as rejected:
        short_order(order, shortage((1, "A", 3, 1), resolution=resolution), NOW)
    assert rejected.value.slug == "short.over_shorted"


def test_an_unknown_line_is_rejected() -> None:
    """`line.unknown`: the shortage is of a line the order does not have."""
    with pytest.raises(UnknownLine):
        short_order(order_of(("A", 1, 10)), shortage((2, "A", 1, 0)), NOW)


def test_another_sku_is_rejected() -> None:
    """`line.sku_mismatch`: the shortage is of something that was not ordered."""
    with pytest.raises(SkuMismatch):
        short_order(order_of(("A", 1, 10)), shortage((1, "B", 1, 0)), NOW)


def test_a_cancelled_order_is_not_shorted() -> None:
    """`order.illegal.cancelled.short`."""
    with pytest.raises(IllegalMove) as rejected:
        short_order(in_status(order_of(("A", 1, 10)), OrderStatus.CANCELLED), shortage((1, "A", 1, 0)), NOW)
    assert rejected.value.slug == "order.illegal.cancelled.short"


def test_urgency_does_not_make_another_shortage() -> None:
    """The same content told again, with another severity and at another time, is the same shortage."""
    message = example("short")
    first = Short.parse(message.payload, message.attributes | TOLD_AT)
    again = Short.parse(message.payload, {"severity": "LOW", "timestamp": "2024-01-11T15:00:00Z"})

    assert first.fingerprint() == again.fingerprint()
    assert (first.severity, again.severity) == (Severity.HIGH, Severity.LOW)
