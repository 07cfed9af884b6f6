from typing import Any

import pytest
from msgspec.structs import replace

from shared.domain.reservation import Reservation, ReservationStatus, ReservedItem
from shared.domain.reservation_events import ReservationBackordered, ReservationReserved
from shared.domain.reservation_step import stock_and_reservation_refs
from shared.domain.reserve_stock import MAX_RESERVATION_ITEMS, reserve_stock
from shared.domain.violations import NotReserved, ReservationElsewhere, ReservationTooLarge
from shared.domain.waiting_list import WaitingOrder
from tests.unit.domain.stocking import (
    HAPPENED_AT,
    LOCATION,
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


def more(*lines: tuple[int, str, int], **fields: Any) -> Any:
    """Ask for more than the order's first request."""
    return replace(request(*lines, name="O-1:more", **fields), additional=True)


def test_stock_that_is_there_is_reserved_and_the_request_answered() -> None:
    """All lines are set aside, and `reservation-events` says so in the request's own words."""
    state = state_of(stock("A", 2), stock("B", 5))
    step = request((1, "A", 2), (2, "B", 1))

    decision = reserve_stock(state, step, NOW)

    after = changed(state, decision)
    assert (stock_in(after, "A").reserved, stock_in(after, "B").reserved) == (2, 1)
    assert reservation_in(after).status is ReservationStatus.RESERVED
    assert decision.events == (
        ReservationReserved(
            ordering_key="O-1",
            order_id="O-1",
            reservation_id="O-1",
            location_id=LOCATION,
            force=False,
            items=items((1, "A", 2), (2, "B", 1)),
            occurred_at=HAPPENED_AT,
            answer=1,
        ),
    )
    assert decision.events[0].topic == "reservation-events"
    assert [each.ref.kind for each in decision.changes] == ["reservation", "stock", "stock"]


def test_a_reservation_has_its_items_in_the_order_of_lines() -> None:
    """Whatever their skus are called and wherever the request has them."""
    state = state_of(stock("A", 5), stock("B", 5))

    after = applied(state, [request((2, "A", 1), (1, "B", 1))])

    assert [(each.line_number, each.sku) for each in reservation_in(after).items] == [(1, "B"), (2, "A")]


def test_an_order_waits_for_what_is_missing_and_keeps_the_rest() -> None:
    """The answer names the missing units; the order is on the waiting list of their sku and of no other."""
    state = state_of(stock("A", 2), stock("B", 1))

    decision = reserve_stock(state, request((1, "A", 2), (2, "B", 3)), NOW)

    after = changed(state, decision)
    assert (stock_in(after, "A").reserved, stock_in(after, "A").waiting) == (2, 0)
    assert (stock_in(after, "B").reserved, stock_in(after, "B").waiting) == (1, 2)
    assert reservation_in(after).status is ReservationStatus.BACKORDERED
    assert [each for each in decision.changes if isinstance(each, WaitingOrder)] == [
        WaitingOrder(location_id=LOCATION, sku="B", order_id="O-1", ordered_at=HAPPENED_AT)
    ]
    (answer,) = decision.events
    assert isinstance(answer, ReservationBackordered)
    assert answer.items == items((2, "B", 2))


def test_what_is_promised_is_not_there_for_others() -> None:
    """The last unit goes to the first who asks."""
    state = applied(
        state_of(stock("A", 1)), [request((1, "A", 1)), request((1, "A", 1), order="O-2", name="O-2")]
    )

    assert reservation_in(state, "O-1").status is ReservationStatus.RESERVED
    assert reservation_in(state, "O-2").status is ReservationStatus.BACKORDERED
    assert (stock_in(state).reserved, stock_in(state).waiting) == (1, 1)


def test_a_request_waits_behind_those_that_wait() -> None:
    """Free units belong to who waits for them, also before they were allocated."""
    state = applied(state_of(stock("A", 5, waiting=3)), [request((1, "A", 1))])

    assert (stock_in(state).reserved, stock_in(state).waiting) == (0, 4)


def test_lines_of_one_sku_share_its_stock_and_its_place() -> None:
    """Two lines of one sku get units in their order, and have one place on its waiting list."""
    state = applied(state_of(stock("A", 3)), [request((1, "A", 2), (2, "A", 2))])

    assert [item.waiting for item in reservation_in(state).items] == [0, 1]
    assert len([each for each in state.values() if isinstance(each, WaitingOrder)]) == 1
    assert stock_in(applied(state_of(stock("A", 4)), [request((1, "A", 2), (2, "A", 2))])).reserved == 4


def test_a_sku_that_was_never_counted_is_missing() -> None:
    """Without a count there is no stock to promise."""
    decision = reserve_stock({}, request((1, "A", 1)), NOW)

    assert [type(event) for event in decision.events] == [ReservationBackordered]
    assert stock_in(changed({}, decision)).waiting == 1


def test_force_reserves_whatever_the_stock_and_the_waiting_list() -> None:
    """A forced request is promised more than is there, and what was never counted."""
    state = applied(state_of(stock("A", 1, waiting=1)), [request((1, "A", 3), (2, "B", 1), force=True)])

    assert (stock_in(state, "A").reserved, stock_in(state, "A").available) == (3, -2)
    assert stock_in(state, "B").reserved == 1
    assert reservation_in(state).forced


def test_a_substitute_adds_to_the_reservation_without_an_answer() -> None:
    """A substitute is reserved beside what the order has; nothing new is known of the order."""
    state = applied(state_of(stock("A", 2), stock("B", 1)), [request((1, "A", 2))])

    decision = reserve_stock(state, more((1, "B", 1), force=True), NOW)

    assert not decision.events
    reservation = reservation_in(changed(state, decision))
    assert {(item.sku, item.quantity) for item in reservation.items} == {("A", 2), ("B", 1)}
    assert (reservation.reservation_id, reservation.forced) == ("O-1", False)


def test_a_substitute_of_the_only_missing_line_answers_the_order() -> None:
    """Whichever of release and request comes first, the order is answered once, when it has everything."""
    waiting = applied(state_of(stock("A", 1)), [request((1, "A", 2))])
    released = applied(waiting, [release((1, "A", 2))])

    assert not reserve_stock(waiting, more((1, "B", 2), force=True), NOW).events
    (answer,) = reserve_stock(released, more((1, "B", 2), force=True), NOW).events
    assert isinstance(answer, ReservationReserved)


def test_an_addition_before_the_first_request_is_too_early() -> None:
    """`reservation.not_found`: what it adds to is still on its way."""
    with pytest.raises(NotReserved):
        reserve_stock({}, more((1, "B", 1), force=True), NOW)


def test_a_further_request_has_its_own_answer() -> None:
    """What an order has stays reserved where more cannot be had; the order waits again."""
    state = applied(state_of(stock("A", 2)), [request((1, "A", 2))])

    decision = reserve_stock(state, more((2, "B", 1)), NOW)

    assert [type(event) for event in decision.events] == [ReservationBackordered]
    after = changed(state, decision)
    assert reservation_in(after).status is ReservationStatus.BACKORDERED
    assert stock_in(after).reserved == 2


def test_a_request_after_everything_was_released_reserves_again() -> None:
    """A released reservation is no obstacle to another."""
    state = applied(
        state_of(stock("A", 2)),
        [request((1, "A", 2)), release((1, "A", 2)), request((1, "A", 1), name="again")],
    )

    assert reservation_in(state).status is ReservationStatus.RESERVED
    assert stock_in(state).reserved == 1


def test_a_backordered_reservation_of_before_the_waiting_list_may_ask_again() -> None:
    """Its missing items have no units; a request by hand adds them, and is answered when all are there."""
    old = Reservation(
        order_id="O-1",
        reservation_id="O-1",
        location_id=LOCATION,
        status=ReservationStatus.BACKORDERED,
        forced=False,
        items=(ReservedItem(line_number=1, sku="A", quantity=0),),
    )

    decision = reserve_stock(state_of(old, stock("A", 2)), request((1, "A", 2), name="again"), NOW)

    assert [type(event) for event in decision.events] == [ReservationReserved]
    assert stock_in(changed({}, decision)).reserved == 2


def test_a_request_for_another_location_is_rejected() -> None:
    """`reservation.location_mismatch`: an order is served from one location."""
    state = applied(state_of(stock("A", 2)), [request((1, "A", 1))])

    with pytest.raises(ReservationElsewhere, match=r"^locationId: ") as refused:
        reserve_stock(state, request((1, "A", 1), name="again", location="LOC-2"), NOW)
    assert refused.value.slug == "reservation.location_mismatch"


def test_a_request_reads_the_reservation_and_each_sku_once() -> None:
    """One read brings everything the decision needs, two lines of one sku share their stock."""
    refs = stock_and_reservation_refs(request((1, "A", 1), (2, "A", 1), (3, "B", 1)))

    assert [ref.kind for ref in refs] == ["reservation", "stock", "stock"]


def test_more_lines_than_a_document_holds_cannot_be_added() -> None:
    """`reservation.too_large`: requests add 1,500 lines at most to a reservation that was not divided."""
    state = applied({}, [request((1, "A", 1), force=True)])
    for start in range(2, MAX_RESERVATION_ITEMS, 100):
        lines = [(number, "A", 1) for number in range(start, min(start + 100, MAX_RESERVATION_ITEMS + 1))]
        state = applied(state, [request(*lines, name=f"more-{start}", force=True)])

    with pytest.raises(ReservationTooLarge, match=r"^items: ") as refused:
        reserve_stock(state, request((MAX_RESERVATION_ITEMS + 1, "A", 1), name="more", force=True), NOW)
    assert refused.value.slug == "reservation.too_large"
