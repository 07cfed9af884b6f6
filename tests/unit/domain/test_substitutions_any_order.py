"""Substitutions of one line end alike in any order of arrival, whatever happens to the line between."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.cancel_order import cancel_order
from shared.domain.decision import DUPLICATE
from shared.domain.order import LinePrice, Order
from shared.domain.ship_order import ShipOrder
from shared.domain.short_order import Resolution
from shared.domain.substitute_item import SubstituteItem, substitute_item
from shared.domain.violations import SkuTooEarly
from shared.errors import Deferred
from tests.unit.domain.fulfilling import (
    NOW,
    SHIPPED_AT,
    WarehouseCommand,
    after,
    cancellation,
    changed,
    delivered,
    happened,
    order_of,
    parcel,
    shortage,
    substitution,
)

LATER = SHIPPED_AT + timedelta(hours=1)


@pytest.mark.parametrize("stated", [200, 240], ids=["the ordered price", "the price of the substitute"])
def test_a_line_that_got_its_sku_back_has_its_price_whenever_the_parcel_arrives(stated: int) -> None:
    """A line is replaced, and back. The parcel may overtake both: the second price holds."""
    there = substitution(200, 240, to="B")
    back = substitution(stated, 220, sku="B", to="A", substituted_at=LATER)
    missing = shortage((1, "B", 2, 1))

    commands: list[WarehouseCommand] = [there, back, missing, left()]
    ends = [arrived(order_of(("A", 2, 100)), *each) for each in permutations(commands)]

    assert all(each.line_items == ends[0].line_items for each in ends)
    assert all(each.exceptions == ends[0].exceptions for each in ends)
    assert [each.code for each in ends[0].exceptions] == ["ship.shorted_units"]
    assert (ends[0].line_items[0].sku, ends[0].line_items[0].payable_minor) == ("A", 220)


def left() -> ShipOrder:
    """Ship both units of the first line as what was ordered."""
    return parcel((1, "A", 2), at=LATER + timedelta(hours=1))


def arrived(order: Order, *commands: WarehouseCommand) -> Order:
    """Apply commands in their order; a deferred one comes again after the others. All must be applied."""
    return delivered(order, happened, commands, Deferred)


def test_a_price_may_arrive_before_the_one_it_starts_from() -> None:
    """100, 115, 110, 120: each states the price before it; in any order the last one holds."""
    chain = [weighed(115, 0), weighed(110, 5, before=115), weighed(120, 9, before=110)]

    ends = {arrived(order_of(("A", 1, 100)), *each).line_items for each in permutations(chain)}

    ((line,),) = ends
    assert (line.amount_minor, [each.amount_minor for each in line.former_prices]) == (120, [110, 115])


def test_a_price_may_start_from_one_that_does_not_hold_any_more() -> None:
    """115, then 112 of the ordered price, then 110 of 115: its sender did not know of 112 yet."""
    prices = [weighed(115, 0), weighed(112, 2), weighed(110, 5, before=115)]

    ends = {arrived(order_of(("A", 1, 100)), *each).line_items for each in permutations(prices)}

    ((line,),) = ends
    assert line.amount_minor == 110


@given(st.data())
def test_substitutions_of_a_line_end_alike_in_any_order(data: st.DataObject) -> None:
    """Each starts from a sku and a price that the line has by then; the latest time holds."""
    sku, known, made = "A", [300], []
    for minute in range(data.draw(st.integers(1, 5))):
        to, before = data.draw(st.sampled_from("ABC")), data.draw(st.sampled_from(known))
        price = data.draw(st.integers(250, 360))
        at = SHIPPED_AT + timedelta(minutes=minute)
        made.append(substitution(before, price, sku=sku, to=to if to != sku else None, substituted_at=at))
        sku = to
        known.append(price)
    commands: list[WarehouseCommand] = [*made, shortage((1, "A", 3, 2)), parcel((1, sku, 2), at=LATER)]

    expected = arrived(order_of(("A", 3, 100)), *commands)
    found = arrived(order_of(("A", 3, 100)), *data.draw(st.permutations(commands)))

    assert replace(found, version=0) == replace(expected, version=0)
    assert (found.line_items[0].sku, found.line_items[0].amount_minor) == (sku, known[-1])


def test_substitution_and_cancellation_end_alike() -> None:
    """Whichever comes first, line and history are the same."""
    order, heavier, cancel = order_of(("A", 1, 100)), substitution(100, 110), cancellation()

    first = after(after(order, substitute_item, heavier), cancel_order, cancel)
    last = after(after(order, cancel_order, cancel), substitute_item, heavier)

    assert replace(first, version=0) == replace(last, version=0)


@pytest.mark.parametrize("prices", list(permutations([(110, 5), (115, 0), (112, 2)])), ids=str)
def test_the_latest_weight_holds(prices: tuple[tuple[int, int], ...]) -> None:
    """115 at 13:00, 112 at 13:02, 110 at 13:05: 110 holds, whenever they arrive; all are in the history."""
    order = order_of(("A", 1, 100))
    for price, minutes in prices:
        order = after(order, substitute_item, weighed(price, minutes))

    assert order.line_items[0].amount_minor == 110
    assert order.line_items[0].substituted_at == SHIPPED_AT + timedelta(minutes=5)
    assert [each.at.minute for each in order.history if each.event == "order.substituted"] == [0, 2, 5]


def test_an_earlier_weight_is_stale() -> None:
    """It is in the history, and nothing is published."""
    order = after(order_of(("A", 1, 100)), substitute_item, weighed(110, 5))

    decision = substitute_item(order, weighed(115, 0), NOW)

    assert decision.stale
    assert not decision.events
    (line,) = changed(decision).line_items
    assert line == replace(order.line_items[0], former_prices=(LinePrice(amount_minor=115, units=1),))


def test_a_weight_that_returns_is_another_message() -> None:
    """115, 110, 115: the third is no repetition of the first."""
    first, second, third = weighed(115, 0), weighed(110, 5), weighed(115, 9)

    order = after(order_of(("A", 1, 100)), substitute_item, first, second, third)

    assert order.line_items[0].amount_minor == 115
    assert first.cause != third.cause
    assert first.former_causes("") == third.former_causes("")


@given(st.permutations([(110, "A"), (115, "A"), (115, "B"), (100, "C")]))
def test_substitutions_of_the_same_time_end_alike(made: list[tuple[int, str]]) -> None:
    """The sku, then the price and the weight decide which one holds, not the order of arrival."""
    order = order_of(("A", 1, 100))
    for price, sku in made:
        order = after(order, substitute_item, substitution(100, price, to=sku if sku != "A" else None))

    assert (order.line_items[0].sku, order.line_items[0].amount_minor) == ("C", 100)
    assert order.line_items[0].former_skus == ("B",)


def test_the_history_of_an_earlier_release_says_when_a_weight_was_taken() -> None:
    """Its line does not: a weight of an earlier time is stale, the one it made a duplicate."""
    order = after(order_of(("A", 1, 100)), substitute_item, weighed(110, 5))
    stored = replace(order, line_items=(replace(order.line_items[0], substituted_at=None),))

    assert substitute_item(stored, weighed(115, 0), NOW).stale
    assert substitute_item(stored, weighed(110, 5), NOW) == DUPLICATE
    assert after(stored, substitute_item, weighed(115, 9)).line_items[0].amount_minor == 115


def test_a_line_that_gets_its_sku_back_waits_for_the_same_units_in_any_order() -> None:
    """A unit comes later, the line is replaced, and back: in any order the unit is waited for."""
    ordered = order_of(("A", 3, 100), force=False)
    late = shortage((1, "A", 3, 2), resolution=Resolution.BACKORDER)
    there = substitution(300, 330, to="B")
    back = substitution(300, 315, sku="B", to="A", substituted_at=LATER)

    first = happened(ordered, late, there, back).line_items
    assert first == happened(ordered, there, late, back).line_items
    assert first == happened(ordered, there, back, late).line_items
    assert (first[0].sku, first[0].backordered) == ("A", 1)


def test_a_weight_of_a_substitute_is_too_early_before_its_replacement() -> None:
    """`line.sku_too_early`: its replacement is on its way; one of the ordered sku does not wait for it."""
    order, heavier = order_of(("A", 1, 100)), substitution(110, 115, sku="B", substituted_at=LATER)
    with pytest.raises(SkuTooEarly, match=r"^originalItem\.sku: "):
        substitute_item(order, heavier, NOW)

    order = after(order, substitute_item, substitution(100, 110, to="B"))
    assert after(order, substitute_item, heavier).line_items[0].amount_minor == 115
    again = substitution(100, 105, to="C", substituted_at=LATER)
    assert after(order, substitute_item, again).line_items[0].sku == "C"


def weighed(price: int, minutes: int, *, before: int = 100) -> SubstituteItem:
    """Weigh the first line, which was to cost 100, some minutes after the hour."""
    return substitution(before, price, substituted_at=SHIPPED_AT + timedelta(minutes=minutes))
