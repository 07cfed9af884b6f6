"""What a parcel may contain: units that are open, of the line's sku, with serial numbers of their own."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.order import Order, OrderException, OrderStatus
from shared.domain.ship_order import ShipOrder, ship_order
from shared.domain.substitute_item import substitute_item
from shared.domain.violations import (
    MoveTooEarly,
    OverShipped,
    SerialCount,
    SerialRepeated,
    SkuMismatch,
    SkuTooEarly,
    UnknownLine,
)
from tests.unit.domain.fulfilling import (
    NOW,
    ORDERED_AT,
    SHIPPED_AT,
    after,
    in_status,
    order_of,
    parcel,
    substitution,
)

LATER = SHIPPED_AT + timedelta(hours=1)


def test_an_unknown_line_is_rejected() -> None:
    """`line.unknown`: the parcel carries a line the order does not have."""
    with pytest.raises(UnknownLine, match=r"^items\.lineNumber: ") as rejected:
        ship_order(order_of(("A", 1, 10)), parcel((2, "A", 1)), NOW)
    assert rejected.value.slug == "line.unknown"


def test_another_sku_is_too_early() -> None:
    """`line.sku_too_early`: the parcel overtook the replacement that brings its sku."""
    order, part = order_of(("A", 1, 10)), parcel((1, "B", 1))
    with pytest.raises(SkuTooEarly, match=r"^items\.sku: ") as early:
        ship_order(order, part, NOW)
    assert early.value.slug == "line.sku_too_early"

    replaced = after(order, substitute_item, substitution(10, 12, to="B"))
    assert after(replaced, ship_order, part).status is OrderStatus.SHIPPED


def test_another_sku_is_rejected_once_something_left() -> None:
    """`line.sku_mismatch`: a line is not replaced after a part of it left."""
    order = after(order_of(("A", 2, 10)), ship_order, parcel((1, "A", 1)))
    with pytest.raises(SkuMismatch, match=r"^items\.sku: ") as rejected:
        ship_order(order, parcel((1, "B", 1), name="SHIP-2"), NOW)
    assert rejected.value.slug == "line.sku_mismatch"


def test_the_replaced_sku_waits_for_a_replacement_that_brings_it_back() -> None:
    """`line.sku_too_early`: the parcel overtook the second of two replacements, back to the ordered sku."""
    order, part = order_of(("A", 1, 100)), parcel((1, "A", 1))
    order = after(order, substitute_item, substitution(100, 120, to="B"))
    with pytest.raises(SkuTooEarly, match=r"^items\.sku: "):
        ship_order(order, part, NOW)

    back = substitution(100, 110, sku="B", to="A", substituted_at=LATER)
    assert after(after(order, substitute_item, back), ship_order, part).status is OrderStatus.SHIPPED


def test_a_replaced_sku_that_waited_in_vain_is_recorded_as_an_exception() -> None:
    """Six hours after it was deferred it counts: the line costs what it cost with that sku."""
    order = after(order_of(("A", 1, 100)), substitute_item, substitution(100, 120, to="B"))
    part = parcel((1, "A", 1), waiting_since=NOW - timedelta(hours=6))

    shipped = after(order, ship_order, part)

    assert (shipped.status, shipped.totals.sub_total_minor) == (OrderStatus.SHIPPED, 100)
    assert [each.code for each in shipped.exceptions] == ["substitution.already_shipped"]
    with pytest.raises(SkuTooEarly):
        ship_order(order, replace(part, shipment=parcel((1, "C", 1)).shipment), NOW)
    with pytest.raises(SkuTooEarly):  # an outage delayed the order, and maybe a replacement
        ship_order(replace(order, created_at=NOW), part, NOW)


def test_a_line_of_an_earlier_release_knows_only_what_was_ordered() -> None:
    """It did not remember what it was with each sku: the ordered one leaves at the ordered price."""
    order = after(
        order_of(("A", 1, 100)),
        substitute_item,
        substitution(100, 120, to="B"),
        substitution(120, 110, sku="B", to="C", substituted_at=LATER),
    )
    line = replace(order.line_items[0], replaced=(), substituted_at=None)
    stored = replace(order, line_items=(line,))
    since = NOW - timedelta(hours=6)

    shipped = after(stored, ship_order, parcel((1, "A", 1), waiting_since=since))

    assert shipped.totals.sub_total_minor == 100
    assert [(each.code, each.at) for each in shipped.exceptions] == [
        ("substitution.already_shipped", SHIPPED_AT)
    ]
    with pytest.raises(SkuTooEarly):
        ship_order(stored, parcel((1, "B", 1), waiting_since=since), NOW)


@pytest.mark.parametrize(
    "items", [((1, "A", 3),), ((1, "A", 1), (1, "A", 2))], ids=["in one item", "in two items of one line"]
)
def test_more_than_is_open_is_rejected(items: tuple[tuple[int, str, int], ...]) -> None:
    """`ship.over_shipped`: quantities of a line count together."""
    with pytest.raises(OverShipped) as rejected:
        ship_order(order_of(("A", 2, 10)), parcel(*items), NOW)
    assert rejected.value.slug == "ship.over_shipped"


def test_parcels_count_together() -> None:
    """`ship.over_shipped`: what left before counts, also once the order is shipped."""
    order = after(order_of(("A", 2, 10)), ship_order, parcel((1, "A", 2)))

    with pytest.raises(OverShipped):
        ship_order(order, parcel((1, "A", 1), name="SHIP-2"), NOW)


@pytest.mark.parametrize("serials", [("S1",), ("S1", "S2", "S3")])
def test_serial_numbers_are_as_many_as_units(serials: tuple[str, ...]) -> None:
    """`ship.serial_count`: too few or too many serial numbers."""
    with pytest.raises(SerialCount) as rejected:
        ship_order(order_of(("A", 3, 10)), parcel((1, "A", 2), serials=serials), NOW)
    assert rejected.value.slug == "ship.serial_count"


def test_a_serial_number_is_not_repeated_within_a_parcel() -> None:
    """`ship.serial_repeated`: the same unit twice in one item."""
    with pytest.raises(SerialRepeated) as rejected:
        ship_order(order_of(("A", 2, 10)), parcel((1, "A", 2), serials=("S1", "S1")), NOW)
    assert rejected.value.slug == "ship.serial_repeated"


def test_a_serial_number_is_not_repeated_in_a_later_parcel() -> None:
    """`ship.serial_repeated`: the unit left with an earlier parcel."""
    order = after(order_of(("A", 2, 10)), ship_order, parcel((1, "A", 1), serials=("S1",)))

    with pytest.raises(SerialRepeated):
        ship_order(order, parcel((1, "A", 1), name="SHIP-2", serials=("S1",)), NOW)


def test_two_skus_may_use_the_same_serial_number() -> None:
    """Serial numbers are the maker's: another sku may have the same."""
    order = order_of(("A", 1, 10), ("B", 1, 10))

    shipped = after(order, ship_order, parcel((1, "A", 1), (2, "B", 1), serials=("S1",)))

    assert shipped.status is OrderStatus.SHIPPED


def test_a_parcel_of_an_order_without_stock_is_too_early() -> None:
    """The allocation that made the parcel possible is still on its way."""
    with pytest.raises(MoveTooEarly) as early:
        ship_order(in_status(order_of(("A", 1, 10)), OrderStatus.CREATED), parcel((1, "A", 1)), NOW)
    assert early.value.slug == "order.too_early.created.ship"


def test_a_parcel_that_breaks_a_rule_does_not_wait() -> None:
    """`line.unknown`: neither the allocation nor a replacement of the other item can make it right."""
    order = in_status(order_of(("A", 1, 10)), OrderStatus.CREATED)

    with pytest.raises(UnknownLine):
        ship_order(order, parcel((1, "B", 1), (2, "A", 1)), NOW)


@pytest.mark.parametrize("status", [OrderStatus.CREATED, OrderStatus.BACKORDERED])
def test_a_parcel_that_waited_in_vain_is_recorded_as_an_exception(status: OrderStatus) -> None:
    """Six hours after it was deferred it counts: the goods have left, and a person has to look."""
    order = in_status(order_of(("A", 2, 10), force=False), status)
    early = parcel((1, "A", 1), waiting_since=NOW - timedelta(hours=6) + timedelta(microseconds=1))
    with pytest.raises(MoveTooEarly):
        ship_order(order, early, NOW)

    shipped = after(order, ship_order, replace(early, waiting_since=NOW - timedelta(hours=6)))

    assert (shipped.status, shipped.line_items[0].shipped) == (OrderStatus.PARTIALLY_SHIPPED, 1)
    assert shipped.exceptions == (OrderException(at=SHIPPED_AT, code="ship.not_allocated", ref="SHIP-1"),)
    second = after(shipped, ship_order, parcel((1, "A", 1), name="SHIP-2"))
    assert [each.ref for each in second.exceptions] == ["SHIP-1", "SHIP-2"]
    later = replace(early.shipment, tracking_number="TH-2", shipped_at=SHIPPED_AT + timedelta(hours=1))
    same = after(shipped, ship_order, replace(early, shipment=later))
    assert [each.at for each in same.exceptions] == [SHIPPED_AT, later.shipped_at]  # one for each parcel
    with pytest.raises(MoveTooEarly):  # an outage delayed the order, too
        ship_order(replace(order, created_at=NOW), replace(early, waiting_since=ORDERED_AT), NOW)


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(1, 5)), max_size=12))
def test_no_more_is_shipped_than_was_ordered(sent: list[tuple[int, int]]) -> None:
    """Whatever parcels are sent, each line ships no more than was ordered, and the status follows."""
    order = order_of(("A", 4, 10), ("B", 7, 10))
    for number, (line, quantity) in enumerate(sent):
        order = _shipped_or_same(order, parcel((line, "AB"[line - 1], quantity), name=f"S-{number}"))
    assert all(0 <= line.shipped <= line.quantity for line in order.line_items)
    assert (order.status is OrderStatus.SHIPPED) == all(not line.open_quantity for line in order.line_items)
    assert sum(item.quantity for each in order.shipments for item in each.items) == sum(
        line.shipped for line in order.line_items
    )


def _shipped_or_same(order: Order, command: ShipOrder) -> Order:
    try:
        return after(order, ship_order, command)
    except OverShipped:
        return order
