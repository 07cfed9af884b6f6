"""Shortages are snapshots: repeated, contradicting and late ones end alike, whatever else happens."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.cancel_order import cancel_order
from shared.domain.decision import DUPLICATE
from shared.domain.order import MissingUnits, Order, OrderException, OrderStatus
from shared.domain.reservation_events import ReservationReleased
from shared.domain.ship_order import ship_order
from shared.domain.short_order import Resolution, short_order
from shared.domain.substitute_item import substitute_item
from shared.domain.violations import NothingToCancel
from tests.unit.domain.fulfilling import (
    NOW,
    SHIPPED_AT,
    after,
    cancellation,
    changed,
    event_types,
    freed,
    order_of,
    parcel,
    requested,
    shortage,
    substitution,
)

EARLIER, LATER = SHIPPED_AT - timedelta(hours=1), SHIPPED_AT + timedelta(hours=1)


def test_a_shortage_may_come_after_its_substitution() -> None:
    """The shortage names the sku that was ordered, though the line is another sku by now."""
    order = after(order_of(("A", 1, 100)), substitute_item, substitution(100, 100, to="B"))

    shorted = after(order, short_order, shortage((1, "A", 1, 0), resolution=Resolution.SUBSTITUTE))

    assert shorted.line_items[0].sku == "B"


@pytest.mark.parametrize("available", [(2, 1), (1, 2), (1, 1, 2), (2, 2, 1)])
def test_a_shortage_is_a_snapshot(available: tuple[int, ...]) -> None:
    """Of 3 units 2, then 1 are there: 2 are short, in any order, however often; one can be shipped."""
    commands = (shortage((1, "A", 3, units), content=f"{n}") for n, units in enumerate(available))

    order = after(order_of(("A", 3, 10)), short_order, *commands)

    line = order.line_items[0]
    assert (line.shorted, line.open_quantity) == (2, 1)
    assert order.status is OrderStatus.ALLOCATED
    assert after(order, ship_order, parcel((1, "A", 1))).status is OrderStatus.SHIPPED


def test_a_shortage_that_states_less_is_stale() -> None:
    """It is in the history and changes nothing: no event, no stock."""
    order = after(order_of(("A", 3, 10)), short_order, shortage((1, "A", 3, 1)))

    decision = short_order(order, shortage((1, "A", 3, 2), shorted_at=LATER), NOW)

    assert decision.stale
    assert not decision.events
    assert changed(decision).line_items == order.line_items
    assert changed(decision).history[-1].at == LATER


def test_only_the_newly_missing_unit_leaves_the_shelf() -> None:
    """The second snapshot states one more unit than the first."""
    order = after(order_of(("A", 3, 10)), short_order, shortage((1, "A", 3, 2)))

    assert freed(short_order(order, shortage((1, "A", 3, 1)), NOW)) == [("SHORTED", [(1, "A", 1)])]


def test_an_order_waits_for_no_unit_that_the_warehouse_has() -> None:
    """One of 4 units was short as A; of B 3 are missing: the order keeps the one there, and waits for 2."""
    order = after(order_of(("A", 4, 10)), short_order, shortage((1, "A", 4, 3)))
    replaced = after(order, substitute_item, substitution(40, 40, to="B"))

    decision = short_order(replaced, shortage((1, "B", 4, 1), resolution=Resolution.BACKORDER), NOW)

    assert freed(decision) == [("BACKORDERED", [(1, "B", 2)]), ("MISSING", [(1, "B", 1)])]
    assert changed(decision).line_items[0].backordered == 2


def test_a_shortage_of_cancelled_units_only_concerns_the_shelf() -> None:
    """It is stale: no event of the order. The shelf is empty all the same, so stock gets an event."""
    order = after(order_of(("A", 3, 10)), cancel_order, cancellation())

    decision = short_order(order, shortage((1, "A", 3, 2)), NOW)

    assert decision.stale
    assert event_types(decision) == ["reservation.released"]
    assert freed(decision) == [("MISSING", [(1, "A", 1)])]
    assert changed(decision).status is OrderStatus.CANCELLED


@pytest.mark.parametrize("resolution", list(Resolution))
def test_cancellation_and_shortage_end_alike(resolution: Resolution) -> None:
    """In any order, missing units that are not waited for are shorted, the others cancelled."""
    short, cancel = shortage((1, "A", 3, 2), resolution=resolution), cancellation(1, at=LATER)
    order = order_of(("A", 3, 10), ("B", 1, 10))

    first = after(after(order, short_order, short), cancel_order, cancel)
    last = after(after(order, cancel_order, cancel), short_order, short)

    assert first == last


def test_a_cancellation_is_kept_beside_a_shortage_of_the_same_units_and_time() -> None:
    """PARTIAL_SHIP and CANCEL_LINE of everything: whichever arrives first, a parcel contradicts both."""
    left_out = shortage((1, "A", 3, 0))
    closed = shortage((1, "A", 3, 0), resolution=Resolution.CANCEL_LINE)
    order = order_of(("A", 3, 10))

    first, last = (after(order, short_order, *each) for each in ((left_out, closed), (closed, left_out)))

    assert first.line_items == last.line_items
    assert first.line_items[0].cancelled_at == SHIPPED_AT


def test_a_promised_substitute_may_become_a_backorder() -> None:
    """The units are released and requested again: they are missing from the shelf only once."""
    order = after(
        order_of(("A", 3, 10)), short_order, shortage((1, "A", 3, 1), resolution=Resolution.SUBSTITUTE)
    )

    decision = short_order(order, shortage((1, "A", 3, 1), resolution=Resolution.BACKORDER), NOW)

    assert freed(decision) == [("CANCELLED", [(1, "A", 2)])]
    assert requested(decision) == [(False, [(1, "A", 2)])]


def test_shipped_units_are_not_short() -> None:
    """Two of three left, two are said to be missing: one is short, and the contradiction is an exception."""
    order = after(order_of(("A", 3, 10)), ship_order, parcel((1, "A", 2)))

    decision = short_order(order, shortage((1, "A", 3, 1)), NOW)

    assert (changed(decision).line_items[0].shorted, changed(decision).status) == (1, OrderStatus.SHIPPED)
    assert changed(decision).exceptions == (
        OrderException(at=SHIPPED_AT, code="ship.shorted_units", ref="1"),
    )


def test_a_backorder_does_not_contradict_a_parcel() -> None:
    """The missing units came, and were shipped."""
    order = after(order_of(("A", 3, 10)), ship_order, parcel((1, "A", 3)))

    decision = short_order(order, shortage((1, "A", 3, 1), resolution=Resolution.BACKORDER), NOW)

    assert decision.stale
    assert not changed(decision).exceptions


def test_a_shortage_of_an_earlier_release_is_a_duplicate() -> None:
    """An order that an earlier release shorted has no record by sku: its numbers say what was stated."""
    command = shortage((1, "A", 3, 2))
    stored = after(order_of(("A", 3, 10)), short_order, command)
    line = replace(stored.line_items[0], shortages=())
    order = replace(stored, line_items=(line,))

    assert short_order(order, command, NOW) == DUPLICATE
    again = short_order(order, replace(command, shorted_at=LATER), NOW)
    assert again.stale
    assert not again.events
    more = short_order(order, shortage((1, "A", 3, 1)), NOW)
    assert changed(more).line_items[0].shorted == 2
    assert freed(more) == [("SHORTED", [(1, "A", 1)])]


def test_a_unit_is_missing_since_the_first_time_that_says_so() -> None:
    """Two of three at three o'clock, one of three at two: stock moves the departure of one unit."""
    late, early = shortage((1, "A", 3, 1)), shortage((1, "A", 3, 2), shorted_at=EARLIER, content="2")

    decision = short_order(after(order_of(("A", 3, 10)), short_order, late), early, NOW)

    assert changed(decision).line_items == after(order_of(("A", 3, 10)), short_order, early, late).line_items
    assert changed(decision).line_items[0].shortages[0].since == (
        MissingUnits(at=EARLIER, units=1),
        MissingUnits(at=SHIPPED_AT, units=2),
    )
    (moved,) = decision.events
    assert isinstance(moved, ReservationReleased)
    assert (moved.reason, moved.occurred_at, moved.moved_from) == ("MISSING", EARLIER, SHIPPED_AT)
    assert (moved.items[0].quantity, moved.force) == (1, False)
    assert moved.reservation_id == f"O-1:short:2:{EARLIER.isoformat()}:moved:0"


def test_units_without_a_known_time_are_not_moved() -> None:
    """An earlier release did not store the time: the departure stays where it is."""
    stored = after(order_of(("A", 3, 10)), short_order, shortage((1, "A", 3, 2)))
    line = stored.line_items[0]
    order = replace(stored, line_items=(replace(line, shortages=(replace(line.shortages[0], since=()),)),))

    decision = short_order(order, shortage((1, "A", 3, 1), shorted_at=EARLIER), NOW)

    assert freed(decision) == [("SHORTED", [(1, "A", 1)])]


@given(
    st.lists(st.tuples(st.sampled_from(Resolution), st.integers(0, 4)), min_size=1, max_size=5), st.randoms()
)
def test_shortages_end_alike_in_any_order(stated: list[tuple[Resolution, int]], random: Random) -> None:
    """Repeated and contradicting snapshots, with a parcel and a cancellation between them."""
    order = order_of(("A", 5, 10), ("B", 2, 10))
    commands: list[tuple[Any, Any]] = [
        (short_order, shortage((1, "A", 5, available), resolution=resolution, content=str(number)))
        for number, (resolution, available) in enumerate(stated)
    ]
    commands += [(ship_order, parcel((1, "A", 2))), (cancel_order, cancellation(2, at=LATER))]
    shuffled = random.sample(commands, len(commands))

    assert _quantities(_applied(order, shuffled)) == _quantities(_applied(order, commands))


def _applied(order: Order, commands: list[tuple[Any, Any]]) -> Order:
    for rule, command in commands:
        try:
            order = after(order, rule, command)
        except NothingToCancel:
            continue
    return order


def _quantities(order: Order) -> object:
    lines = [replace(line, cancelled_at=None) for line in order.line_items]
    return order.status, lines, order.totals, order.exceptions, order.shipments
