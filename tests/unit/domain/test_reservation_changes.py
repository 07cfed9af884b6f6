from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.cancel_order import cancel_order
from shared.domain.decision import Decision
from shared.domain.order import Line, LineShortage, Order
from shared.domain.reservation_changes import derive_reservation_changes, reservation_id
from shared.domain.reservation_events import ReleaseReason, ReservationReleased, ReservationRequested
from shared.domain.ship_order import ship_order
from shared.domain.short_order import Resolution, short_order
from shared.domain.substitute_item import substitute_item
from shared.errors import MessageError
from tests.unit.domain.fulfilling import (
    NOW,
    SHIPPED_AT,
    cancellation,
    changed,
    order_of,
    parcel,
    shortage,
    substitution,
)

ORDER = order_of(("A", 5, 10), ("B", 1, 10))
Fields = dict[str, Any]


def missing(units: int, sku: str = "A") -> Fields:
    """Return the record of missing units."""
    return {"shortages": (LineShortage(sku=sku, missing=units),)}


def steps(before: Fields, after: Fields) -> list[tuple[str, int, str, int]]:
    """List what a change of a line of five units entails: reason or status, line, sku and units."""
    first, second = ORDER.line_items
    was, becomes = (
        replace(ORDER, line_items=(replace(first, **fields), second)) for fields in (before, after)
    )
    freed = derive_reservation_changes(was, becomes, cause="any", at=SHIPPED_AT)
    return [(_name(each), item.line_number, item.sku, item.quantity) for each in freed for item in each.items]


def _name(step: ReservationReleased | ReservationRequested) -> str:
    return str(step.reason if isinstance(step, ReservationReleased) else step.status)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({"shipped": 1}, {"shipped": 3}, [("SHIPPED", 2)]),
        ({"cancelled": 5}, {"cancelled": 3, "shipped": 2}, [("SHIPPED", 2)]),
        ({"shipped": 1}, {"shipped": 1, "cancelled": 4}, [("CANCELLED", 4)]),
        ({"shipped": 1}, {"shipped": 1, "shorted": 2} | missing(2), [("SHORTED", 2)]),
        ({"shipped": 4}, {"shipped": 4, "shorted": 1} | missing(3), [("MISSING", 2), ("SHORTED", 1)]),
        ({}, {"shorted": 1, "cancelled": 4} | missing(1), [("CANCELLED", 4), ("SHORTED", 1)]),
        ({"shorted": 1} | missing(1), {"shorted": 3} | missing(3), [("SHORTED", 2)]),
        ({"shorted": 1}, {"shorted": 3} | missing(3), [("SHORTED", 2)]),
        ({}, {"backordered": 2} | missing(2), [("BACKORDERED", 2)]),
        ({"backordered": 2} | missing(2), {"shorted": 2} | missing(2), [("CANCELLED", 2)]),
        ({}, missing(2), [("MISSING", 2)]),
        (missing(2), {"backordered": 2} | missing(2), [("CANCELLED", 2), ("REQUESTED", 2)]),
        (
            missing(1),
            {"backordered": 2} | missing(2),
            [("BACKORDERED", 1), ("CANCELLED", 1), ("REQUESTED", 1)],
        ),
        ({"cancelled": 5}, {"cancelled": 5} | missing(1), [("MISSING", 1)]),
        ({"cancelled": 5}, {"cancelled": 4, "shorted": 1} | missing(1), [("MISSING", 1)]),
        ({"shorted": 2} | missing(2), {"shorted": 5} | missing(2), [("CANCELLED", 3)]),
    ],
)
def test_what_changes_of_a_line_follows_for_its_reservation(
    before: Fields, after: Fields, expected: list[tuple[str, int]]
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

    assert steps(line, line | {"shorted": 1} | missing(2)) == [
        ("CANCELLED", 1, "C", 1),
        ("MISSING", 1, "A", 2),
    ]


def test_every_step_has_an_id_of_its_own() -> None:
    """Several reasons of one cause are claimed one by one."""
    order = order_of(("A", 5, 10))
    (line,) = order.line_items
    after = replace(order, line_items=(replace(line, shorted=1, cancelled=4, **missing(1)),))

    freed = derive_reservation_changes(order, after, cause="short:x", at=SHIPPED_AT)

    assert [each.reservation_id for each in freed] == ["O-1:short:x", "O-1:short:x:1"]
    assert {each.ordering_key for each in freed} == {"O-1"}


COMMANDS = st.one_of(
    st.builds(
        lambda resolution, available: (
            short_order,
            shortage((1, "A", 5, available), resolution=resolution, content=f"{resolution}{available}"),
        ),
        st.sampled_from(Resolution),
        st.integers(0, 4),
    ),
    st.builds(
        lambda units, sku: (ship_order, parcel((1, sku, units), name=f"S-{sku}-{units}")),
        st.integers(1, 3),
        st.sampled_from("AB"),
    ),
    st.just((cancel_order, cancellation(1))),
    st.just((substitute_item, substitution(50, 55, to="B"))),
)


@given(st.lists(COMMANDS, max_size=7))
def test_stock_holds_what_the_order_claims(commands: list[tuple[Any, Any]]) -> None:
    """Whatever happens to a line, the order claims its open units, and every departure is reported once."""
    order, claims, departed = ORDER, Counter({"A": 5}), Counter[str]()
    for rule, command in commands:
        try:
            decision = rule(order, command, NOW)
        except MessageError:
            continue
        order = changed(decision) if decision.changes else order
        _take(decision, claims, departed)

    line = order.line_items[0]
    assert +claims == +Counter({line.sku: line.open_quantity})
    assert departed == _departed(line, order)


CLAIMED_STILL = {ReleaseReason.MISSING, ReleaseReason.BACKORDERED}
NOT_THERE = {ReleaseReason.SHIPPED, ReleaseReason.SHORTED, *CLAIMED_STILL}


def _take(decision: Decision, claims: Counter[str], departed: Counter[str]) -> None:
    """Count units as stock does: no more is released than is claimed."""
    for event in decision.events:
        if isinstance(event, ReservationRequested):
            claims.update({item.sku: item.quantity for item in event.items})
        if isinstance(event, ReservationReleased):
            for item in event.items:
                if event.reason not in CLAIMED_STILL:
                    claims[item.sku] -= min(item.quantity, claims[item.sku])
                if event.reason in NOT_THERE:
                    departed[item.sku] += item.quantity


def _departed(line: Line, order: Order) -> Counter[str]:
    shipped = Counter[str]()
    for each in order.shipments:
        for item in each.items:
            shipped[item.sku] += item.quantity
    return Counter({each.sku: each.missing for each in line.shortages}) + shipped


@pytest.mark.parametrize(("length", "readable"), [(121, True), (122, False), (128, False)])
def test_an_id_fits_the_wire_however_long_its_parts(length: int, readable: bool) -> None:  # noqa: FBT001 - the expectation
    """An id longer than 128 characters becomes a digest; two causes never share one."""
    order_id = "O" * length

    name = reservation_id(order_id, "ship:1")

    assert (name == f"{order_id}:ship:1") is readable
    assert len(name) <= 128
    assert name != reservation_id(order_id, "ship:2")
