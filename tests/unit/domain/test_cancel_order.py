from datetime import timedelta

import pytest

from shared.contracts.order_cancel import OrderCancel
from shared.domain.cancel_order import OrderLinesCancelled, cancel_order
from shared.domain.closing_events import OrderCancelled
from shared.domain.order import OrderException, OrderStatus
from shared.domain.ship_order import ship_order
from shared.domain.short_order import Resolution, short_order
from shared.domain.violations import IllegalMove, NothingToCancel, UnknownLine
from tests.examples import example
from tests.unit.domain.fulfilling import (
    NOW,
    SHIPPED_AT,
    after,
    cancellation,
    changed,
    event_types,
    freed,
    in_status,
    order_of,
    parcel,
    shortage,
)

LATER = SHIPPED_AT + timedelta(hours=1)
EARLIER = SHIPPED_AT - timedelta(hours=1)


def test_a_whole_order_is_cancelled_and_costs_nothing() -> None:
    """Every line is closed, the stock is released, and the event has the reason."""
    decision = cancel_order(order_of(("A", 2, 100), ("B", 1, 30)), cancellation(), NOW)

    order = changed(decision)
    assert (order.status, order.totals.total_minor) == (OrderStatus.CANCELLED, 0)
    assert [line.cancelled for line in order.line_items] == [2, 1]
    assert freed(decision) == [("CANCELLED", [(1, "A", 2), (2, "B", 1)])]
    event = decision.events[0]
    assert isinstance(event, OrderCancelled)
    assert (event.reason, event.requested_by, event.cancelled_at) == (
        "Changed their mind",
        "QC-SMF",
        SHIPPED_AT,
    )
    assert order.history[-1].event == "order.cancelled"
    assert event_types(decision) == ["order.cancelled", "reservation.released"]


def test_lines_are_cancelled_and_the_rest_remains() -> None:
    """The totals follow, the order goes on."""
    decision = cancel_order(order_of(("A", 2, 100), ("B", 1, 30)), cancellation(1), NOW)

    order = changed(decision)
    assert (order.status, order.totals.total_minor) == (OrderStatus.ALLOCATED, 80)
    assert freed(decision) == [("CANCELLED", [(1, "A", 2)])]
    assert event_types(decision) == ["order.lines_cancelled", "reservation.released"]
    assert order.history[-1].ref == "1"


def test_the_last_line_cancels_the_order() -> None:
    """When no line is left, the order is cancelled, which is an event of its own."""
    order = after(order_of(("A", 2, 100), ("B", 1, 30)), cancel_order, cancellation(1))

    decision = cancel_order(order, cancellation(2), NOW)

    assert changed(decision).status is OrderStatus.CANCELLED
    assert event_types(decision) == ["order.lines_cancelled", "reservation.released", "order.cancelled"]


def test_an_unknown_line_is_rejected() -> None:
    """`line.unknown`: the order does not have the line."""
    with pytest.raises(UnknownLine, match=r"^lineNumbers: "):
        cancel_order(order_of(("A", 1, 10)), cancellation(2), NOW)


def test_an_untouched_line_is_cancelled_after_a_partial_shipment() -> None:
    """What left stays shipped; the order is complete without the line."""
    order = after(order_of(("A", 2, 100), ("B", 1, 30)), ship_order, parcel((1, "A", 2)))

    decision = cancel_order(order, cancellation(2, at=LATER), NOW)

    assert [line.cancelled for line in changed(decision).line_items] == [0, 1]
    assert (changed(decision).status, changed(decision).totals.total_minor) == (OrderStatus.SHIPPED, 250)
    assert event_types(decision) == ["order.lines_cancelled", "reservation.released", "order.shipped"]
    assert not changed(decision).exceptions


def test_a_whole_order_is_cancelled_as_far_as_it_is_open() -> None:
    """Two of three left: the third is cancelled, and the event names only the line that had open units."""
    order = after(order_of(("A", 3, 100), ("B", 1, 30)), ship_order, parcel((1, "A", 2), (2, "B", 1)))

    decision = cancel_order(order, cancellation(at=LATER), NOW)

    assert [line.cancelled for line in changed(decision).line_items] == [1, 0]
    assert changed(decision).status is OrderStatus.SHIPPED
    event = decision.events[0]
    assert isinstance(event, OrderLinesCancelled)
    assert event.line_numbers == (1,)
    assert [(item.line_number, item.sku, item.quantity) for item in event.items] == [(1, "A", 1)]
    assert [(each.event, each.ref) for each in changed(decision).history[-3:]] == [
        ("order.partially_shipped", "SHIP-1"),
        ("order.shipped", "O-1"),
        ("order.lines_cancelled", "O-1"),
    ]


def test_parcel_and_cancellation_of_one_line_end_alike() -> None:
    """Two of three units leave, the line is cancelled: one unit is cancelled, whichever arrives first."""
    order, part, cancel = order_of(("A", 3, 100)), parcel((1, "A", 2)), cancellation(1, at=LATER)

    first = after(after(order, ship_order, part), cancel_order, cancel)
    last = after(after(order, cancel_order, cancel), ship_order, part)

    assert first == last
    assert (first.line_items[0].cancelled, first.status) == (1, OrderStatus.SHIPPED)
    assert not first.exceptions


def test_parcel_and_cancellation_of_an_order_end_alike() -> None:
    """The order is shipped after all; a parcel that left after the cancellation is an exception."""
    order, part, cancel = order_of(("A", 3, 100)), parcel((1, "A", 2)), cancellation(at=EARLIER)

    first = after(after(order, ship_order, part), cancel_order, cancel)
    last = after(after(order, cancel_order, cancel), ship_order, part)

    assert first == last
    assert first.exceptions == (OrderException(at=SHIPPED_AT, code="ship.after_cancellation", ref="SHIP-1"),)


def test_a_line_that_will_not_be_delivered_anyway_is_cancelled_in_silence() -> None:
    """The line was shorted: the request is noted, and nothing is published."""
    order = after(order_of(("A", 1, 10), ("B", 1, 10)), short_order, shortage((1, "A", 1, 0)))

    decision = cancel_order(order, cancellation(1), NOW)

    assert decision.stale
    assert not decision.events
    assert "order.lines_cancelled" in [each.event for each in changed(decision).history]


def test_a_cancelled_order_is_cancelled_again_in_silence() -> None:
    """Its lines were closed one by one before: it stays so, and the history has the request's time."""
    order = after(order_of(("A", 1, 10)), short_order, shortage((1, "A", 1, 0)))

    decision = cancel_order(order, cancellation(at=LATER), NOW)

    assert decision.stale
    assert not decision.events
    assert changed(decision).history[-1].at == LATER


def test_what_comes_later_does_not_move_the_end_of_a_cancelled_order() -> None:
    """Its lines are cancelled; a later shortage and a later request for the whole order are noted only."""
    order, short, again = order_of(("A", 1, 10)), shortage((1, "A", 1, 0)), cancellation(at=LATER)
    cancel = cancellation(1, at=EARLIER)

    first = after(after(after(order, cancel_order, cancel), short_order, short), cancel_order, again)
    last = after(after(after(order, cancel_order, again), short_order, short), cancel_order, cancel)

    assert first.history == last.history
    assert [(each.at, each.event) for each in first.history[-4:]] == [
        (EARLIER, "order.lines_cancelled"),
        (EARLIER, "order.cancelled"),
        (SHIPPED_AT, "order.shorted"),
        (LATER, "order.lines_cancelled"),
    ]


def test_a_line_that_left_in_part_and_is_short_is_cancelled_in_silence() -> None:
    """One unit left, the other is short: the request is fulfilled, whether it comes before or after both."""
    order, cancel = order_of(("A", 2, 10), ("B", 1, 10)), cancellation(1, at=LATER)
    part, short = parcel((1, "A", 1)), shortage((1, "A", 2, 1))

    last = after(after(order, ship_order, part), short_order, short)
    decision = cancel_order(last, cancel, NOW)
    first = after(after(after(order, cancel_order, cancel), ship_order, part), short_order, short)

    assert decision.stale
    assert changed(decision) == first


def test_lines_that_left_are_not_cancelled() -> None:
    """`cancel.nothing_open`: it is too late for them."""
    order = after(order_of(("A", 1, 10), ("B", 1, 10)), ship_order, parcel((1, "A", 1)))
    with pytest.raises(NothingToCancel) as rejected:
        cancel_order(order, cancellation(1), NOW)
    assert rejected.value.slug == "cancel.nothing_open"


def test_a_shipped_order_is_not_cancelled() -> None:
    """`order.illegal.shipped.cancel`: nothing of it is open."""
    order = after(order_of(("A", 2, 10)), ship_order, parcel((1, "A", 2)))
    with pytest.raises(IllegalMove) as rejected:
        cancel_order(order, cancellation(), NOW)
    assert rejected.value.slug == "order.illegal.shipped.cancel"


@pytest.mark.parametrize("status", [OrderStatus.CREATED, OrderStatus.BACKORDERED, OrderStatus.RELEASED])
def test_an_order_is_cancelled_before_shipping(status: OrderStatus) -> None:
    """Until anything left, an order can be cancelled."""
    order = after(in_status(order_of(("A", 2, 10)), status), cancel_order, cancellation())

    assert order.status is OrderStatus.CANCELLED


@pytest.mark.parametrize("resolution", [Resolution.SUBSTITUTE, Resolution.BACKORDER])
def test_a_cancelled_line_releases_what_it_claims(resolution: Resolution) -> None:
    """Units that are missing too: the order waits for them, or for their substitute."""
    order = after(order_of(("A", 3, 10)), short_order, shortage((1, "A", 3, 1), resolution=resolution))

    assert freed(cancel_order(order, cancellation(1), NOW)) == [("CANCELLED", [(1, "A", 3)])]


def test_the_same_lines_are_the_same_request() -> None:
    """Sorted and without repetitions; reason and time are not part of the key."""
    data = example("order_create").attributes
    first = OrderCancel.parse(_request("Too late", "2024-01-10T12:00:00Z", "[2, 1]"), data).to_command()
    again = OrderCancel.parse(_request("too late!", "2024-01-10T13:00:00Z", "[1, 2, 2]"), data).to_command()

    assert first.cause == again.cause == "cancel:1:2"


def _request(reason: str, at: str, lines: str) -> bytes:
    fields = f'"orderId": "O-1", "reason": "{reason}", "requestedBy": "QC-SMF", "cancelledAt": "{at}"'
    return f'{{{fields}, "lineNumbers": {lines}}}'.encode()
