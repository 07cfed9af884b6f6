import json
from datetime import timedelta
from hashlib import sha256

import pytest
from msgspec.structs import replace

from shared.contracts.ship import Ship
from shared.domain.closing_events import OrderShipped, Parcel, ParcelItem
from shared.domain.decision import DUPLICATE, MAX_EVENT_ITEMS
from shared.domain.order import OrderException, OrderStatus
from shared.domain.ship_order import OrderPartiallyShipped, ShipOrder, ship_order
from shared.domain.short_order import short_order
from shared.errors import Conflict
from tests.examples import SUPPLIED, example
from tests.unit.domain.fulfilling import (
    NOW,
    SHIPPED_AT,
    after,
    changed,
    event_types,
    freed,
    order_of,
    parcel,
    shortage,
)
from tests.unit.domain.paying import new_order

LATER = SHIPPED_AT + timedelta(hours=1)


def test_the_example_of_the_requirements_ships_the_whole_order() -> None:
    """The parcel of requirements 3.2 carries everything: the order is shipped, in one event."""
    command = Ship.parse(example("ship").payload, example("ship").attributes | SUPPLIED).to_command()

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
    assert one.former_causes("") == two.former_causes("")


def test_parcels_never_share_a_cause() -> None:
    """A colon within an id does not make two parcels one."""
    first, second = tracked("C", 1, name="A:B"), tracked("B:C", 1, name="A")

    assert first.cause != second.cause


def test_a_parcel_of_an_earlier_release_is_a_duplicate() -> None:
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
    first = Ship.parse(json.dumps(data | {"items": [data["items"][0], second]}).encode(), SUPPLIED)
    again = Ship.parse(json.dumps(data | {"items": turned}).encode(), SUPPLIED)

    assert first.fingerprint() == again.fingerprint()
    assert first.to_command() == again.to_command()


def test_a_claim_of_an_earlier_release_is_recognised() -> None:
    """It has the fingerprint of the message as it was written, whatever the order of its items."""
    data = json.loads(example("ship").payload)
    turned = [data["items"][0] | {"serialNumbers": ["SN002", "SN001"]}]
    message = Ship.parse(json.dumps(data | {"items": turned}).encode(), SUPPLIED)
    written = sha256(message.model_dump_json(by_alias=True).encode()).hexdigest()[:32]

    assert message.fingerprint() != written
    assert message.has_fingerprint(written)


def test_a_shortage_leaves_less_to_ship() -> None:
    """An order of three units with one short is shipped with two."""
    order = after(order_of(("A", 3, 10)), short_order, shortage((1, "A", 3, 2)))

    assert after(order, ship_order, parcel((1, "A", 2))).status is OrderStatus.SHIPPED


def test_a_parcel_is_in_the_history_at_its_own_time() -> None:
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


def tracked(tracking_number: str, units: int, *, name: str = "SHIP-1") -> ShipOrder:
    """Ship units of the first line under a tracking number."""
    command = parcel((1, "A", units), name=name)
    return replace(command, shipment=replace(command.shipment, tracking_number=tracking_number))
