import pytest

from shared.domain.reservation_step import MAX_ITEMS, MAX_SKUS, stock_and_reservation_refs
from shared.domain.reserve_stock import ReservationBackordered, ReservationReserved, reserve_stock
from shared.domain.stock import ReservationStatus
from shared.domain.violations import ReservationElsewhere, ReservationTooLarge
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
        ),
    )
    assert decision.events[0].topic == "reservation-events"


def test_one_missing_unit_backorders_every_line() -> None:
    """All lines or none: no stock is touched where one line is short."""
    state = state_of(stock("A", 2), stock("B", 0))

    decision = reserve_stock(state, request((1, "A", 2), (2, "B", 1)), NOW)

    assert [type(event) for event in decision.events] == [ReservationBackordered]
    after = changed(state, decision)
    assert stock_in(after, "A") == stock("A", 2)
    assert reservation_in(after).status is ReservationStatus.BACKORDERED
    assert not any(item.outstanding for item in reservation_in(after).items)


def test_what_is_promised_is_not_there_for_others() -> None:
    """The last unit goes to the first who asks."""
    state = applied(
        state_of(stock("A", 1)), [request((1, "A", 1)), request((1, "A", 1), order="O-2", name="O-2")]
    )

    assert reservation_in(state, "O-1").status is ReservationStatus.RESERVED
    assert reservation_in(state, "O-2").status is ReservationStatus.BACKORDERED
    assert stock_in(state).reserved == 1


def test_lines_of_one_sku_add_up() -> None:
    """Two lines of one sku need the stock of both."""
    state = state_of(stock("A", 3))
    two_lines = ((1, "A", 2), (2, "A", 2))

    assert reservation_in(applied(state, [request(*two_lines)])).status is ReservationStatus.BACKORDERED
    assert stock_in(applied(state_of(stock("A", 4)), [request(*two_lines)])).reserved == 4


def test_a_sku_that_was_never_counted_is_missing() -> None:
    """Without a count there is no stock to promise."""
    decision = reserve_stock({}, request((1, "A", 1)), NOW)

    assert [type(event) for event in decision.events] == [ReservationBackordered]
    assert [change.ref.kind for change in decision.changes] == ["reservation"]


def test_force_reserves_whatever_the_stock() -> None:
    """A forced request is promised more than is there, and what was never counted."""
    state = applied(state_of(stock("A", 1)), [request((1, "A", 3), (2, "B", 1), force=True)])

    assert (stock_in(state, "A").reserved, stock_in(state, "A").available) == (3, -2)
    assert stock_in(state, "B").reserved == 1
    assert reservation_in(state).forced


def test_a_further_request_adds_to_the_reservation() -> None:
    """A substitute is reserved beside what the order has."""
    state = applied(
        state_of(stock("A", 2), stock("B", 1)),
        [request((1, "A", 2)), request((1, "B", 1), name="O-1:substitute", force=True)],
    )

    assert reservation_in(state).forced
    held = {(item.sku, item.quantity) for item in reservation_in(state).items}
    assert held == {("A", 2), ("B", 1)}
    assert reservation_in(state).reservation_id == "O-1"


def test_a_backordered_order_may_ask_again() -> None:
    """With stock in, a new request of a backordered order is reserved, once."""
    waiting = applied({}, [request((1, "A", 2))])
    state = applied({**waiting, **state_of(stock("A", 2))}, [request((1, "A", 2), name="again")])

    assert reservation_in(state).status is ReservationStatus.RESERVED
    assert stock_in(state).reserved == 2
    assert [item.quantity for item in reservation_in(state).items] == [2]


def test_a_further_request_that_fails_leaves_the_reservation() -> None:
    """What an order has stays reserved where more cannot be had."""
    state = applied(state_of(stock("A", 2)), [request((1, "A", 2)), request((2, "B", 1), name="more")])

    assert reservation_in(state).status is ReservationStatus.RESERVED
    assert stock_in(state).reserved == 2


def test_a_request_after_everything_was_given_back_reserves_anew() -> None:
    """A released reservation is no obstacle to another."""
    state = applied(
        state_of(stock("A", 2)),
        [request((1, "A", 2)), release((1, "A", 2)), request((1, "A", 1), name="again")],
    )

    assert reservation_in(state).status is ReservationStatus.RESERVED
    assert stock_in(state).reserved == 1


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


def test_more_skus_than_a_commit_takes_are_rejected_before_they_are_read() -> None:
    """`reservation.too_large`: 500 different skus are the most, however many lines share them."""
    most = [(number, f"SKU-{number}", 1) for number in range(1, MAX_SKUS + 1)]
    assert len(stock_and_reservation_refs(request(*most, (MAX_SKUS + 1, "SKU-1", 1)))) == 1 + MAX_SKUS

    with pytest.raises(ReservationTooLarge, match=r"^items: ") as refused:
        stock_and_reservation_refs(request(*most, (MAX_SKUS + 1, "B", 1)))
    assert refused.value.slug == "reservation.too_large"


def test_more_lines_than_a_document_holds_are_rejected() -> None:
    """`reservation.too_large`: 1,500 lines are the most, also where they came with several requests."""
    lines = [(number, "A", 1) for number in range(1, MAX_ITEMS + 1)]
    state = applied({}, [request(*lines, force=True)])

    with pytest.raises(ReservationTooLarge):
        reserve_stock(state, request((MAX_ITEMS + 1, "A", 1), name="more", force=True), NOW)
