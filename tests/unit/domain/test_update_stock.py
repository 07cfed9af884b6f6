from datetime import timedelta

import pytest
from msgspec.structs import replace

from shared.domain.reservation_events import ReleaseReason
from shared.domain.stock import BEFORE_EVERY_COUNT
from shared.domain.update_stock import UpdateStock, counted_stock_refs, update_stock
from tests.unit.domain.stocking import (
    COUNTED_AT,
    LOCATION,
    NOW,
    applied,
    changed,
    release,
    request,
    state_of,
    stock,
    stock_in,
)

COUNT = UpdateStock(update_id="U-1", location_id=LOCATION, sku="A", on_hand=7, updated_at=COUNTED_AT)


def test_a_first_count_makes_the_stock() -> None:
    """Stock that was never heard of begins with its first count, with nothing promised."""
    assert update_stock({}, COUNT, NOW).changes == (stock("A", 7),)
    assert counted_stock_refs(COUNT) == (stock("A", 7).ref,)


def test_a_newer_count_replaces_the_older_and_keeps_promises() -> None:
    """A count says what is there, not what of it is promised."""
    state = state_of(stock("A", 3, reserved=2))
    newer = replace(COUNT, updated_at=COUNTED_AT + timedelta(microseconds=1))

    after = stock_in(changed(state, update_stock(state, newer, NOW)))

    assert (after.on_hand, after.reserved, after.updated_at) == (7, 2, newer.updated_at)


@pytest.mark.parametrize("age", [timedelta(microseconds=1), timedelta(days=1)])
def test_a_count_that_is_not_newer_is_stale(age: timedelta) -> None:
    """A count that was overtaken on its way changes nothing."""
    state = state_of(stock("A", 3))

    assert update_stock(state, replace(COUNT, updated_at=COUNTED_AT - age), NOW).stale


def test_of_two_counts_of_the_same_moment_the_greater_one_holds() -> None:
    """Seven and nine, in any order, with units that left since: nine less those."""
    nine = replace(COUNT, update_id="U-2", on_hand=9)
    left = [request((1, "A", 2), force=True), release((1, "A", 2), reason=ReleaseReason.SHIPPED)]

    for counts in ((COUNT, nine), (nine, COUNT)):
        first, second = counts
        state = applied(changed({}, update_stock({}, first, NOW)), left)
        state = changed(state, update_stock(state, second, NOW))
        assert (stock_in(state).on_hand, stock_in(state).updated_at) == (7, COUNTED_AT)
    assert update_stock(state, nine, NOW).stale


def test_the_first_count_of_what_is_promised_already_is_never_stale() -> None:
    """Stock that was promised by force before it was ever counted takes its first count, however old."""
    state = applied({}, [request((1, "A", 2), force=True)])
    assert stock_in(state).updated_at == BEFORE_EVERY_COUNT

    after = stock_in(changed(state, update_stock(state, COUNT, NOW)))

    assert (after.on_hand, after.reserved) == (7, 2)
