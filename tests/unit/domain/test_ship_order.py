from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.ship import Ship
from shared.domain.order import Order, OrderStatus
from shared.domain.order_change import OrderShipped, Parcel
from shared.domain.ship_order import OrderPartiallyShipped, ParcelItem, ShipOrder, ship_order
from shared.domain.short_order import short_order
from shared.domain.violations import (
    MoveTooEarly,
    OverShipped,
    SerialCount,
    SerialRepeated,
    SkuMismatch,
    UnknownLine,
)
from tests.examples import example
from tests.unit.domain.fulfilling import (
    NOW,
    SHIPPED_AT,
    after,
    changed,
    freed,
    in_status,
    order_of,
    parcel,
    shortage,
    told,
)
from tests.unit.domain.paying import new_order

LATER = SHIPPED_AT + timedelta(hours=1)


def test_the_example_of_the_requirements_ships_the_whole_order() -> None:
    """The parcel of requirements 3.2 carries everything: the order is shipped, in one event."""
    command = Ship.parse(example("ship").payload, example("ship").attributes).to_command()

    decision = ship_order(new_order(), command, NOW)

    order = changed(decision)
    assert order.status is OrderStatus.SHIPPED
    assert order.shipments[0].items[0].serial_numbers == ("SN001", "SN002")
    assert freed(decision) == [("SHIPPED", [(1, "SKU-001", 2)])]
    assert decision.events[-1] == OrderShipped(
        ordering_key="CUST-123456",
        order_id="QC-2024-01-10-000001",
        shipped_at=SHIPPED_AT,
        shipments=(
            Parcel(
                shipment_id="SHIP-123456",
                tracking_number="TH123456789",
                carrier="KERRY",
                shipped_at=SHIPPED_AT,
            ),
        ),
    )
    assert told(decision) == ["reservation.released", "order.shipped"]


def test_a_part_of_an_order_is_told_by_itself() -> None:
    """A parcel with a part of the order leaves it partially shipped and says what it carries."""
    decision = ship_order(order_of(("A", 3, 10)), parcel((1, "A", 2)), NOW)

    assert changed(decision).status is OrderStatus.PARTIALLY_SHIPPED
    assert changed(decision).line_items[0].open_quantity == 1
    assert decision.events[0] == OrderPartiallyShipped(
        ordering_key="CUST-1",
        order_id="O-1",
        shipment_id="SHIP-1",
        tracking_number="TH-SHIP-1",
        carrier="KERRY",
        shipped_at=SHIPPED_AT,
        items=(ParcelItem(line_number=1, sku="A", quantity=2),),
    )


def test_the_last_parcel_ends_the_order() -> None:
    """The parcel that leaves nothing open tells of itself and then of the order, with all its parcels."""
    order = after(order_of(("A", 3, 10)), ship_order, parcel((1, "A", 2)))

    decision = ship_order(order, parcel((1, "A", 1), name="SHIP-2", at=LATER), NOW)

    assert told(decision) == ["order.partially_shipped", "reservation.released", "order.shipped"]
    end = decision.events[-1]
    assert isinstance(end, OrderShipped)
    assert (end.shipped_at, [each.shipment_id for each in end.shipments]) == (LATER, ["SHIP-1", "SHIP-2"])


def test_a_shortage_leaves_less_to_ship() -> None:
    """An order of three of which one is short is shipped with two."""
    order = after(order_of(("A", 3, 10)), short_order, shortage((1, "A", 3, 2)))

    assert after(order, ship_order, parcel((1, "A", 2))).status is OrderStatus.SHIPPED


def test_a_parcel_is_in_the_timeline_at_its_own_time() -> None:
    """A parcel that was told late stands before one that left later; the end stands last."""
    order = after(
        order_of(("A", 2, 10)),
        ship_order,
        parcel((1, "A", 1), name="B", at=LATER),
        parcel((1, "A", 1), name="A"),
    )

    assert [(each.event, each.ref) for each in order.history[-3:]] == [
        ("order.partially_shipped", "A"),
        ("order.partially_shipped", "B"),
        ("order.shipped", "O-1"),
    ]
    assert (order.version, order.updated_at) == (3, NOW)


def test_an_unknown_line_is_rejected() -> None:
    """`line.unknown`: the parcel carries a line the order does not have."""
    with pytest.raises(UnknownLine) as rejected:
        ship_order(order_of(("A", 1, 10)), parcel((2, "A", 1)), NOW)
    assert rejected.value.slug == "line.unknown"


def test_another_sku_is_rejected() -> None:
    """`line.sku_mismatch`: the parcel carries something else than was ordered."""
    with pytest.raises(SkuMismatch) as rejected:
        ship_order(order_of(("A", 1, 10)), parcel((1, "B", 1)), NOW)
    assert rejected.value.slug == "line.sku_mismatch"


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
