from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.departures import MAX_LATENESS_S
from shared.domain.reservation_events import ReleaseReason
from shared.domain.stock import BEFORE_EVERY_COUNT, Stock
from shared.domain.update_stock import UpdateStock, update_stock
from tests.unit.domain.stocking import COUNTED_AT, LOCATION, NOW, applied, release, request, stock, stock_in

MINUTES = st.integers(0, MAX_LATENESS_S // 60)
FACTS = st.lists(
    st.one_of(
        st.tuples(st.just("count"), MINUTES, st.integers(0, 50)),
        st.tuples(st.just("departure"), MINUTES, st.integers(1, 5)),
    ),
    max_size=8,
    unique=True,
)


MOVED = 60
"""Minutes by which a correction moves a departure back."""


def after(facts: list[tuple[str, int, int]]) -> Stock:
    """Apply what happened to a sku, in the order given."""
    sku = Stock(location_id=LOCATION, sku="A", on_hand=0, reserved=0, updated_at=BEFORE_EVERY_COUNT)
    for kind, minute, units in facts:
        at = COUNTED_AT + timedelta(minutes=minute)
        if kind == "departure":
            sku = sku.with_departure(at, units)
            continue
        if kind == "correction":
            sku = sku.with_departure(at, -units).with_departure(at - timedelta(minutes=MOVED), units)
            continue
        count = UpdateStock(update_id="U", location_id=LOCATION, sku="A", on_hand=units, updated_at=at)
        for change in update_stock({sku.ref: sku}, count, NOW).changes:
            assert isinstance(change, Stock)
            sku = change
    return sku


def test_what_left_after_a_count_is_subtracted_however_late_the_count_arrives() -> None:
    """Ten counted at nine, four shipped at three, and then a count of ten taken at two: six are left."""
    story = [("count", 0, 10), ("departure", 360, 4), ("count", 300, 10)]

    assert {after(list(each)).on_hand for each in permutations(story)} == {6}


@given(FACTS, st.randoms(use_true_random=False))
def test_counts_and_departures_of_a_day_end_alike_in_any_order(
    facts: list[tuple[str, int, int]], random: object
) -> None:
    """The last count, the greater of two, less what left after it is on hand, whatever arrived first."""
    shuffled = sorted(facts, key=lambda _: random.random())  # type: ignore[attr-defined]

    assert after(shuffled) == after(sorted(facts, key=lambda fact: fact[1]))


@given(FACTS, st.integers(MOVED, MAX_LATENESS_S // 60), st.integers(1, 5), st.randoms(use_true_random=False))
def test_a_departure_that_is_moved_to_an_earlier_time_counts_there(
    facts: list[tuple[str, int, int]], minute: int, units: int, random: object
) -> None:
    """Whatever arrived first, the stock is as if the units had left at the earlier time."""
    corrected = [*facts, ("departure", minute, units), ("correction", minute, units)]
    shuffled = sorted(corrected, key=lambda _: random.random())  # type: ignore[attr-defined]
    expected = sorted([*facts, ("departure", minute - MOVED, units)], key=lambda fact: fact[1])

    assert after(shuffled) == after(expected)


def test_a_count_that_was_too_low_does_not_hide_a_correction() -> None:
    """One counted, two left: none is there. Two more left before the count, not after it: still none."""
    facts = [("count", 0, 1), ("departure", 30, 2), ("departure", 45, 2), ("correction", 45, 2)]

    ends = [after(list(each)) for each in permutations(facts)]

    assert {(each.on_hand, each.overdrawn) for each in ends} == {(0, 1)}


def test_a_departure_in_the_second_of_a_count_left_before_it() -> None:
    """Count and departure are compared by the second, in either order of arrival."""
    sku = stock("A", 5)

    assert sku.with_departure(COUNTED_AT + timedelta(milliseconds=999), 2).on_hand == 5
    assert sku.with_departure(COUNTED_AT + timedelta(seconds=1), 2).on_hand == 3


def test_a_busy_day_is_remembered_by_the_second_and_no_longer() -> None:
    """A departure every second for two days leaves a day's entries, and a count needs no more."""
    sku = stock("A", 1_000_000)
    for second in range(0, 2 * MAX_LATENESS_S, 600):
        sku = sku.with_departure(COUNTED_AT + timedelta(seconds=1 + second), 1)
    again = sku.with_departure(COUNTED_AT + timedelta(seconds=2 * MAX_LATENESS_S - 599), 3)

    assert len(sku.departures.units) == len(again.departures.units) == 1 + MAX_LATENESS_S // 600
    assert again.departures.total == sku.departures.total + 3


def test_a_count_from_before_what_is_remembered_is_stale() -> None:
    """More than a day late, a count can't be brought up to date: the next one will be."""
    sku = after([("count", 0, 10), ("departure", 1, 1), ("departure", 1 + 2 * 1440, 1)])
    late = UpdateStock(
        update_id="U", location_id=LOCATION, sku="A", on_hand=9, updated_at=COUNTED_AT + timedelta(seconds=30)
    )

    assert update_stock({sku.ref: sku}, late, NOW).stale


@pytest.mark.parametrize("reason", [ReleaseReason.SHORTED, ReleaseReason.BACKORDERED, ReleaseReason.MISSING])
def test_missing_units_leave_the_shelf_unless_a_later_count_has_spoken(reason: ReleaseReason) -> None:
    """A unit that is not found is not promised to the next order; a count after that knows of it."""
    state = applied({stock("A", 3).ref: stock("A", 3)}, [request((1, "A", 2))])
    missing = release((1, "A", 1), reason=reason)

    assert stock_in(applied(state, [missing])).on_hand == 2

    count = UpdateStock(
        update_id="U", location_id=LOCATION, sku="A", on_hand=3, updated_at=missing.occurred_at
    )
    (counted,) = update_stock(state, count, NOW).changes
    assert stock_in(applied({**state, counted.ref: counted}, [missing])).on_hand == 3


def test_the_shelf_never_holds_less_than_nothing() -> None:
    """More units missing than were counted leave none."""
    assert after([("count", 0, 2), ("departure", 5, 3)]).on_hand == 0


def test_a_count_in_the_second_of_a_departure_that_is_no_longer_remembered_is_taken() -> None:
    """What left in the count's own second had left before it: no dropped departure counts."""
    sku = after([("count", 0, 10), ("departure", 1, 1), ("departure", 1 + 2 * 1440, 1)])
    late = UpdateStock(
        update_id="U", location_id=LOCATION, sku="A", on_hand=9, updated_at=COUNTED_AT + timedelta(minutes=1)
    )

    (counted,) = update_stock({sku.ref: sku}, late, NOW).changes

    assert isinstance(counted, Stock)
    assert counted.on_hand == 8
