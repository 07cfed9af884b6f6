from datetime import timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from shared.domain.release_stock import release_stock
from shared.domain.reservation import ReservationStatus
from shared.domain.reservation_events import (
    ReleaseReason,
    ReservationBackordered,
    ReservationReserved,
    StockFreed,
)
from shared.domain.violations import NotReserved, ReservationElsewhere
from shared.domain.waiting_list import WaitingOrder
from tests.unit.domain.stocking import (
    COUNTED_AT,
    HAPPENED_AT,
    NOW,
    applied,
    changed,
    items,
    release,
    request,
    reservation_in,
    state_of,
    stock,
    stock_in,
)


def test_a_release_returns_what_was_reserved() -> None:
    """Returned units can be promised again; the count stays, because they are still there."""
    state = applied(state_of(stock("A", 2)), [request((1, "A", 2)), release((1, "A", 1))])

    assert (stock_in(state).on_hand, stock_in(state).reserved) == (2, 1)
    assert reservation_in(state).status is ReservationStatus.RESERVED


def test_giving_everything_back_ends_the_reservation() -> None:
    """When nothing is set aside, the reservation is released."""
    state = applied(state_of(stock("A", 2)), [request((1, "A", 2)), release((1, "A", 2))])

    assert reservation_in(state).status is ReservationStatus.RELEASED


def test_never_more_is_returned_than_was_reserved() -> None:
    """A release that names more, or comes after another, returns the rest; the excess is remembered."""
    steps = [request((1, "A", 2)), release((1, "A", 1)), release((1, "A", 2), (1, "A", 2))]
    state = applied(state_of(stock("A", 9, reserved=5)), steps)

    assert stock_in(state).reserved == 5
    assert [(item.released, item.released_early) for item in reservation_in(state).items] == [(2, 3)]


def test_a_release_may_overtake_the_second_request_for_a_sku() -> None:
    """A line is replaced, and back, and replaced again: in any order of the steps it claims nothing."""
    again = replace(request((1, "A", 2), name="again", force=True), additional=True)
    steps = [release((1, "A", 2)), again, release((1, "A", 2))]
    begun = applied(state_of(stock("A", 9)), [request((1, "A", 2))])

    ends = [applied(begun, each) for each in permutations(steps)]

    assert {stock_in(each).reserved for each in ends} == {0}
    assert all(reservation_in(each) == reservation_in(ends[0]) for each in ends)


def test_each_line_returns_its_own() -> None:
    """A line of the same sku keeps what it has."""
    state = applied(state_of(stock("A", 9)), [request((1, "A", 2), (2, "A", 3)), release((1, "A", 5))])

    assert stock_in(state).reserved == 3


def test_shipped_units_leave_the_stock() -> None:
    """Goods that left are neither promised nor there any more."""
    state = applied(
        state_of(stock("A", 5)), [request((1, "A", 2)), release((1, "A", 2), reason=ReleaseReason.SHIPPED)]
    )

    assert (stock_in(state).on_hand, stock_in(state).reserved) == (3, 0)


@pytest.mark.parametrize("before", [timedelta(0), timedelta(minutes=1)])
def test_a_count_after_the_departure_knows_of_it(before: timedelta) -> None:
    """Units that left before they could be counted are not taken off the count again."""
    left = release((1, "A", 2), reason=ReleaseReason.SHIPPED, at=COUNTED_AT - before)
    state = applied(state_of(stock("A", 5)), [request((1, "A", 2)), left])

    assert (stock_in(state).on_hand, stock_in(state).reserved) == (5, 0)


def test_units_that_were_never_counted_leave_no_count() -> None:
    """A forced promise of uncounted stock that ships leaves nothing behind, and no negative count."""
    steps = [request((1, "A", 2), force=True), release((1, "A", 2), reason=ReleaseReason.SHIPPED)]

    assert (stock_in(applied({}, steps)).on_hand, stock_in(applied({}, steps)).reserved) == (0, 0)


def test_an_order_stops_waiting() -> None:
    """Cancelling what was requested and is missing leaves its waiting list; nothing of it is set aside."""
    state = applied(state_of(stock("A", 1)), [request((1, "A", 3)), release((1, "A", 3))])

    assert (stock_in(state).reserved, stock_in(state).waiting) == (0, 0)
    assert reservation_in(state).status is ReservationStatus.RELEASED
    assert not [each for each in state.values() if isinstance(each, WaitingOrder)]


def test_cancelled_units_are_those_waited_for_first() -> None:
    """An order that wants fewer units keeps what it has."""
    state = applied(state_of(stock("A", 1)), [request((1, "A", 3)), release((1, "A", 1))])

    assert (stock_in(state).reserved, stock_in(state).waiting) == (1, 1)


def test_after_its_missing_line_is_cancelled_an_order_is_reserved() -> None:
    """What was set aside meanwhile is all it asks for now: the answer has no time before the order's date."""
    state = applied(state_of(stock("A", 2)), [request((1, "A", 2), (2, "B", 1))])

    decision = release_stock(state, release((2, "B", 1), at=COUNTED_AT), NOW)

    (answer,) = decision.events
    assert isinstance(answer, ReservationReserved)
    assert (answer.occurred_at, answer.force) == (HAPPENED_AT, False)
    assert reservation_in(changed(state, decision)).status is ReservationStatus.RESERVED


def test_released_units_are_offered_to_those_that_wait() -> None:
    """A release that leaves units free while an order waits publishes `stock.freed`."""
    state = applied(
        state_of(stock("A", 2)), [request((1, "A", 2)), request((1, "A", 1), order="O-2", name="O-2")]
    )

    (freed,) = release_stock(state, release((1, "A", 1)), NOW).events
    shipped = release_stock(state, release((1, "A", 1), reason=ReleaseReason.SHIPPED), NOW).events

    assert isinstance(freed, StockFreed)
    assert (freed.type, freed.topic) == ("stock.freed", "reservation-events")
    assert freed.freed_id == "b3e73192c577675767a4bd43d0ad56f5", "consumers drop a repeat by this id"
    assert shipped == ()


def test_backordered_units_are_waited_for_at_the_place_of_the_order() -> None:
    """A unit that is not there is set aside no more; the order waits for another by its own date."""
    state = applied(state_of(stock("A", 2)), [request((1, "A", 2))])

    decision = release_stock(state, release((1, "A", 1), reason=ReleaseReason.BACKORDERED), NOW)

    after = changed(state, decision)
    assert (stock_in(after).on_hand, stock_in(after).reserved, stock_in(after).waiting) == (1, 1, 1)
    assert [item.quantity for item in reservation_in(after).items] == [2]
    (answer,) = decision.events
    assert isinstance(answer, ReservationBackordered)
    assert answer.items == items((1, "A", 1))
    (place,) = (each for each in after.values() if isinstance(each, WaitingOrder))
    assert place.ordered_at == HAPPENED_AT


def test_backordered_units_are_replaced_where_others_are_free() -> None:
    """Where the count knows of more, the order has them at once and does not wait."""
    state = applied(state_of(stock("A", 5)), [request((1, "A", 2))])

    decision = release_stock(state, release((1, "A", 1), reason=ReleaseReason.BACKORDERED), NOW)

    assert not decision.events
    assert (stock_in(changed(state, decision)).on_hand, stock_in(changed(state, decision)).reserved) == (4, 2)


def test_a_missing_unit_that_was_missing_before_the_count_is_back_on_the_shelf() -> None:
    """The count knew of it: on hand is what was counted, and the unit goes to the order that waits."""
    early, late = COUNTED_AT - timedelta(hours=1), HAPPENED_AT
    missing = release((1, "A", 1), reason=ReleaseReason.MISSING, at=late)
    state = applied(
        state_of(stock("A", 2)),
        [request((1, "A", 1)), missing, request((1, "A", 1), order="O-2", name="O-2")],
    )
    assert (stock_in(state).on_hand, stock_in(state).waiting) == (1, 1)

    decision = release_stock(state, replace(missing, occurred_at=early, moved_from=late), NOW)

    assert stock_in(changed(state, decision)).on_hand == 2
    assert [each.type for each in decision.events] == ["stock.freed"]


def test_a_release_before_the_request_is_too_early() -> None:
    """`reservation.not_found`: the request is still on its way, so the release comes again."""
    with pytest.raises(NotReserved) as early:
        applied(state_of(stock("A", 2)), [release((1, "A", 1))])
    assert early.value.slug == "reservation.not_found"


def test_a_release_of_a_substitute_before_its_request_is_too_early() -> None:
    """What an order asked for before says nothing of a sku with a request still on its way."""
    with pytest.raises(NotReserved):
        applied(state_of(stock("A", 2)), [request((1, "A", 2)), release((1, "B", 1))])


def test_a_release_at_another_location_is_rejected() -> None:
    """`reservation.location_mismatch`: units are returned where they were reserved."""
    with pytest.raises(ReservationElsewhere) as refused:
        applied(state_of(stock("A", 2)), [request((1, "A", 2)), release((1, "A", 1), location="LOC-2")])
    assert refused.value.slug == "reservation.location_mismatch"
