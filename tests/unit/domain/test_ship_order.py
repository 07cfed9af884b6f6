import json
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.contracts.ship import Ship
from shared.domain.closing_events import OrderShipped, Parcel, ParcelItem
from shared.domain.decision import DUPLICATE, MAX_EVENT_ITEMS
from shared.domain.order import Order, OrderException, OrderStatus
from shared.domain.ship_order import OrderPartiallyShipped, ShipOrder, ship_order
from shared.domain.short_order import short_order
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
from shared.errors import Conflict
from tests.examples import example
from tests.unit.domain.fulfilling import (
    NOW,
    SHIPPED_AT,
    after,
    changed,
    event_types,
    freed,
    in_status,
    order_of,
    parcel,
    shortage,
    substitution,
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
        occurred_at=SHIPPED_AT,
        shipped_at=SHIPPED_AT,
        shipments=(
            Parcel(
                shipment_id="SHIP-123456",
                tracking_number="TH123456789",
                carrier="KERRY",
                shipped_at=SHIPPED_AT,
                items=(ParcelItem(line_number=1, sku="SKU-001", quantity=2),),
            ),
        ),
        items_omitted=False,
    )
    assert event_types(decision) == ["reservation.released", "order.shipped"]


def test_a_part_of_an_order_is_an_event_of_its_own() -> None:
    """A parcel with a part of the order leaves it partially shipped and says what it carries."""
    decision = ship_order(order_of(("A", 3, 10)), parcel((1, "A", 2)), NOW)

    assert changed(decision).status is OrderStatus.PARTIALLY_SHIPPED
    assert changed(decision).line_items[0].open_quantity == 1
    assert decision.events[0] == OrderPartiallyShipped(
        ordering_key="CUST-1",
        order_id="O-1",
        occurred_at=SHIPPED_AT,
        shipment_id="SHIP-1",
        tracking_number="TH-SHIP-1",
        carrier="KERRY",
        shipped_at=SHIPPED_AT,
        items=(ParcelItem(line_number=1, sku="A", quantity=2),),
    )


def test_the_last_parcel_ends_the_order() -> None:
    """The parcel that leaves nothing open is published once, with all parcels and their items."""
    order = after(order_of(("A", 3, 10)), ship_order, parcel((1, "A", 2)))

    decision = ship_order(order, parcel((1, "A", 1), name="SHIP-2", at=LATER), NOW)

    assert event_types(decision) == ["reservation.released", "order.shipped"]
    end = decision.events[-1]
    assert isinstance(end, OrderShipped)
    assert (end.shipped_at, [each.shipment_id for each in end.shipments]) == (LATER, ["SHIP-1", "SHIP-2"])
    assert [item.quantity for each in end.shipments for item in each.items] == [2, 1]


def test_a_parcel_that_comes_after_the_end_is_an_event_of_its_own() -> None:
    """The order was complete without the shorted unit, which left all the same."""
    order = after(order_of(("A", 2, 10)), short_order, shortage((1, "A", 2, 1)))
    order = after(order, ship_order, parcel((1, "A", 1)))

    decision = ship_order(order, parcel((1, "A", 1), name="SHIP-2", at=LATER), NOW)

    assert event_types(decision) == ["order.partially_shipped", "reservation.released"]
    assert changed(decision).line_items[0].shorted == 0
    assert changed(decision).exceptions == (OrderException(at=LATER, code="ship.shorted_units", ref="1"),)


def test_an_order_too_large_for_one_event_lists_no_items() -> None:
    """A message holds 10 MB; the event says that items are omitted."""
    count = MAX_EVENT_ITEMS + 1
    order = order_of(*(("A", 1, 10) for _ in range(count)))

    decision = ship_order(order, parcel(*((number + 1, "A", 1) for number in range(count))), NOW)

    end = decision.events[-1]
    assert isinstance(end, OrderShipped)
    assert (end.items_omitted, end.shipments[0].items) == (True, ())


def test_tracking_numbers_distinguish_parcels_of_one_shipment() -> None:
    """One shipmentId, two tracking numbers: two parcels, whichever comes first."""
    one, two = tracked("TH-1", 1), tracked("TH-2", 2)

    order = after(order_of(("A", 3, 10)), ship_order, one, two)

    assert order == after(order_of(("A", 3, 10)), ship_order, two, one)
    assert order.status is OrderStatus.SHIPPED
    assert [each.tracking_number for each in order.shipments] == ["TH-1", "TH-2"]
    assert one.cause != two.cause
    assert one.former_causes == two.former_causes


def test_parcels_never_share_a_cause() -> None:
    """A colon within an id does not make two parcels one."""
    first, second = tracked("C", 1, name="A:B"), tracked("B:C", 1, name="A")

    assert first.cause != second.cause


def test_a_parcel_of_an_earlier_version_is_a_duplicate() -> None:
    """The order has it, though its claim has another key: it counts once, whatever the order of its items."""
    command = parcel((1, "A", 1), (2, "B", 1))
    order = after(order_of(("A", 2, 10), ("B", 2, 10)), ship_order, command)

    assert ship_order(order, command, NOW) == DUPLICATE
    assert ship_order(order, parcel((2, "B", 1), (1, "A", 1)), NOW) == DUPLICATE


def test_a_parcel_with_other_content_is_a_conflict() -> None:
    """`claim.conflict`: the same shipment and tracking number, other units."""
    order = after(order_of(("A", 2, 10)), ship_order, parcel((1, "A", 1)))

    with pytest.raises(Conflict):
        ship_order(order, parcel((1, "A", 2)), NOW)


def test_items_and_serial_numbers_have_no_order() -> None:
    """Listed the other way round, a parcel has the same fingerprint and content."""
    data = json.loads(example("ship").payload)
    second = data["items"][0] | {"lineNumber": 2, "serialNumbers": ["SN003", "SN004"]}
    turned = [second, data["items"][0] | {"serialNumbers": ["SN002", "SN001"]}]
    first = Ship.parse(json.dumps(data | {"items": [data["items"][0], second]}).encode(), {})
    again = Ship.parse(json.dumps(data | {"items": turned}).encode(), {})

    assert first.fingerprint() == again.fingerprint()
    assert first.to_command() == again.to_command()


def test_a_claim_of_an_earlier_version_is_recognised() -> None:
    """It has the fingerprint of the message as it was written, whatever the order of its items."""
    data = json.loads(example("ship").payload)
    turned = [data["items"][0] | {"serialNumbers": ["SN002", "SN001"]}]
    message = Ship.parse(json.dumps(data | {"items": turned}).encode(), {})
    written = sha256(message.model_dump_json(by_alias=True).encode()).hexdigest()[:32]

    assert message.fingerprint() != written
    assert message.has_fingerprint(written)


def test_a_shortage_leaves_less_to_ship() -> None:
    """An order of three units with one short is shipped with two."""
    order = after(order_of(("A", 3, 10)), short_order, shortage((1, "A", 3, 2)))

    assert after(order, ship_order, parcel((1, "A", 2))).status is OrderStatus.SHIPPED


def test_a_parcel_is_in_the_timeline_at_its_own_time() -> None:
    """A parcel that was reported late is listed before one that left later; the end is listed last."""
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


def tracked(tracking_number: str, units: int, *, name: str = "SHIP-1") -> ShipOrder:
    """Ship units of the first line under a tracking number."""
    command = parcel((1, "A", units), name=name)
    return replace(command, shipment=replace(command.shipment, tracking_number=tracking_number))
