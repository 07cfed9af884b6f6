from typing import Any

import pytest
from msgspec.structs import replace

from shared.domain.freed_stock import freed_stock, reservation_id
from shared.domain.order import Line
from shared.domain.reservation_events import ReservationReleased, ReservationRequested
from tests.unit.domain.fulfilling import SHIPPED_AT, order_of

Steps = list[tuple[str, int, str, int]]


def steps(before: dict[str, Any], after: dict[str, Any], **arguments: Any) -> Steps:
    """List what a change of a line of five units entails: reason or status, line, sku and units."""
    order = order_of(("A", 5, 10), ("B", 1, 10))
    first, second = order.line_items
    was, becomes = (
        replace(order, line_items=(replace(first, **fields), second)) for fields in (before, after)
    )
    freed = freed_stock(was, becomes, cause="any", at=SHIPPED_AT, **arguments)
    return [(_name(each), item.line_number, item.sku, item.quantity) for each in freed for item in each.items]


def _name(step: ReservationReleased | ReservationRequested) -> str:
    return str(step.reason if isinstance(step, ReservationReleased) else step.status)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({"shipped": 1}, {"shipped": 3}, [("SHIPPED", 2)]),
        ({"shipped": 1}, {"shipped": 1, "cancelled": 4}, [("CANCELLED", 4)]),
        ({"shipped": 1}, {"shipped": 1, "shorted": 2, "missing": 2}, [("SHORTED", 2)]),
        ({}, {"shorted": 1, "missing": 1, "cancelled": 4}, [("CANCELLED", 4), ("SHORTED", 1)]),
        ({"missing": 1, "shorted": 1}, {"missing": 3, "shorted": 3}, [("SHORTED", 2)]),
        ({}, {"backordered": 2, "missing": 2}, [("BACKORDERED", 2)]),
        ({}, {"missing": 2}, [("MISSING", 2)]),
        ({"cancelled": 5}, {"cancelled": 5, "missing": 1}, [("MISSING", 1)]),
        ({"cancelled": 5}, {"cancelled": 4, "shorted": 1, "missing": 1}, [("MISSING", 1)]),
        ({"missing": 2, "shorted": 2}, {"missing": 2, "shorted": 5}, [("CANCELLED", 3)]),
    ],
)
def test_what_changes_of_a_line_follows_for_its_reservation(
    before: dict[str, Any], after: dict[str, Any], expected: list[tuple[str, int]]
) -> None:
    """Each unit that left, is missing or is no longer wanted is named once, with its reason."""
    assert steps(before, after) == [(reason, 1, "A", units) for reason, units in expected]


def test_a_substitute_takes_the_place_of_what_is_open() -> None:
    """The old sku is released, the new one requested by force beside what the order has."""
    assert steps({"shipped": 1}, {"shipped": 1, "sku": "C"}) == [
        ("SUBSTITUTED", 1, "A", 4),
        ("REQUESTED", 1, "C", 4),
    ]
    assert steps({"cancelled": 5}, {"cancelled": 5, "sku": "C"}) == []


def test_a_shortage_that_its_substitution_overtook_is_of_the_old_sku() -> None:
    """The old sku is missing from its shelf; what closes are units of the new one."""
    line = {"sku": "C", "ordered_sku": "A"}
    told = steps(line, {**line, "missing": 2, "shorted": 1}, missing_skus={1: "A"})

    assert told == [("CANCELLED", 1, "C", 1), ("MISSING", 1, "A", 2)]


def test_every_step_has_an_id_of_its_own() -> None:
    """Several reasons of one cause are claimed one by one."""
    order = order_of(("A", 5, 10))
    (line,) = order.line_items
    after = replace(order, line_items=(replace(line, shorted=1, missing=1, cancelled=4),))

    freed = freed_stock(order, after, cause="short:x", at=SHIPPED_AT)

    assert [each.reservation_id for each in freed] == ["O-1:short:x", "O-1:short:x:1"]
    assert {each.ordering_key for each in freed} == {"O-1"}


@pytest.mark.parametrize(("length", "readable"), [(121, True), (122, False), (128, False)])
def test_an_id_fits_the_wire_however_long_its_parts(length: int, readable: bool) -> None:  # noqa: FBT001 - the expectation
    """An id longer than 128 characters becomes a digest; two causes never share one."""
    order_id = "O" * length

    name = reservation_id(order_id, "ship:1")

    assert (name == f"{order_id}:ship:1") is readable
    assert len(name) <= 128
    assert name != reservation_id(order_id, "ship:2")


def test_documents_of_lines_without_missing_units_are_read() -> None:
    """A line that was stored before missing units were recorded had none."""
    assert (
        Line(line_number=1, sku="A", quantity=1, unit_price_minor=1, is_bundle=False, amount_minor=1).missing
        == 0
    )
