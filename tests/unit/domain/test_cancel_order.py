import pytest

from shared.domain.cancel_order import cancel_order
from shared.domain.order import OrderStatus
from shared.domain.order_change import OrderCancelled
from shared.domain.ship_order import ship_order
from shared.domain.short_order import short_order
from shared.domain.violations import IllegalMove, NothingToCancel, UnknownLine
from tests.unit.domain.fulfilling import (
    NOW,
    SHIPPED_AT,
    after,
    authorized,
    cancellation,
    captured,
    changed,
    freed,
    in_status,
    order_of,
    parcel,
    shortage,
    told,
)


def test_a_whole_order_is_cancelled_and_costs_nothing() -> None:
    """Every line is closed, the stock is given back, and the reason is told."""
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


def test_lines_are_cancelled_and_the_rest_remains() -> None:
    """The totals follow, the order goes on."""
    decision = cancel_order(order_of(("A", 2, 100), ("B", 1, 30)), cancellation(1), NOW)

    order = changed(decision)
    assert (order.status, order.totals.total_minor) == (OrderStatus.ALLOCATED, 80)
    assert freed(decision) == [("CANCELLED", [(1, "A", 2)])]
    assert told(decision) == ["order.lines_cancelled", "reservation.released"]
    assert order.history[-1].ref == "1"


def test_the_last_line_cancels_the_order() -> None:
    """When no line is left, the order is cancelled, and that is told."""
    order = after(order_of(("A", 2, 100), ("B", 1, 30)), cancel_order, cancellation(1))

    decision = cancel_order(order, cancellation(2), NOW)

    assert changed(decision).status is OrderStatus.CANCELLED
    assert told(decision) == ["order.lines_cancelled", "reservation.released", "order.cancelled"]


@pytest.mark.parametrize("lines", [(), (1,)], ids=["the order", "a line"])
def test_a_cancellation_carries_no_amounts(lines: tuple[int, ...]) -> None:
    """What is to be voided and refunded is the payment position's to say."""
    order = captured(authorized(order_of(("A", 2, 100), ("B", 1, 30)), 280), 280)

    decision = cancel_order(order, cancellation(*lines), NOW)

    assert not [name for name in decision.events[0].__struct_fields__ if name.endswith("_minor")]
    assert not hasattr(decision.events[0], "payment")


def test_an_unknown_line_is_rejected() -> None:
    """`line.unknown`: the order does not have the line."""
    with pytest.raises(UnknownLine):
        cancel_order(order_of(("A", 1, 10)), cancellation(2), NOW)


def test_a_line_with_nothing_open_is_rejected() -> None:
    """`cancel.nothing_open`: the line was shorted before."""
    order = after(order_of(("A", 1, 10), ("B", 1, 10)), short_order, shortage((1, "A", 1, 0)))
    with pytest.raises(NothingToCancel) as rejected:
        cancel_order(order, cancellation(1), NOW)
    assert rejected.value.slug == "cancel.nothing_open"


def test_an_order_is_not_cancelled_after_shipping() -> None:
    """`order.illegal.partially_shipped.cancel`: what left cannot be cancelled."""
    order = after(order_of(("A", 2, 10)), ship_order, parcel((1, "A", 1)))
    with pytest.raises(IllegalMove) as rejected:
        cancel_order(order, cancellation(), NOW)
    assert rejected.value.slug == "order.illegal.partially_shipped.cancel"


@pytest.mark.parametrize("status", [OrderStatus.CREATED, OrderStatus.BACKORDERED, OrderStatus.RELEASED])
def test_an_order_is_cancelled_before_shipping(status: OrderStatus) -> None:
    """Until anything left, an order can be cancelled."""
    order = after(in_status(order_of(("A", 2, 10)), status), cancel_order, cancellation())

    assert order.status is OrderStatus.CANCELLED
