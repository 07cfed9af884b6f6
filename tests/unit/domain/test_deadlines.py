"""What an order waits for has a deadline; the sweep reports each one that passes, once."""

import pytest
from msgspec.structs import replace

from shared.domain.cancel_order import cancel_order
from shared.domain.deadlines import (
    ALLOCATE_WITHIN,
    ALLOCATION_OVERDUE,
    CAPTURE_OVERDUE,
    SUBSTITUTE_OVERDUE,
    SUBSTITUTE_WITHIN,
    CheckDeadlines,
    check_deadlines,
    next_deadline,
    open_deadlines,
)
from shared.domain.payment import Refund
from shared.domain.ship_order import ship_order
from shared.domain.short_order import Resolution, short_order
from shared.domain.substitute_item import substitute_item
from tests.unit.domain.checking_deadlines import (
    DAY,
    MOMENT,
    check,
    completed,
    shipped_order,
    stored,
)
from tests.unit.domain.fulfilling import (
    NOW,
    ORDER_ID,
    ORDERED_AT,
    SHIPPED_AT,
    after,
    cancellation,
    captured,
    order_of,
    parcel,
    shortage,
    substitution,
)


def test_an_order_without_an_answer_about_its_stock_is_reported() -> None:
    """Neither reserved nor backordered within an hour: the request or its answer is lost."""
    order = stored(order_of(("A", 4, 100), force=False))
    assert next_deadline(order) == ORDERED_AT + ALLOCATE_WITHIN
    assert check(order, ORDERED_AT + ALLOCATE_WITHIN - MOMENT) == (order, [])

    after, codes = check(order, ORDERED_AT + ALLOCATE_WITHIN)

    assert codes == [ALLOCATION_OVERDUE]
    assert after.version == order.version + 1
    assert next_deadline(after) is None


def test_an_order_is_found_only_once_by_a_deadline_of_earlier_rules() -> None:
    """Today's rules see no missed deadline in it: it is written again, so that the sweep finds it no more."""
    order = stored(order_of(("A", 4, 100)))
    found = CheckDeadlines(order_id=ORDER_ID, version=order.version)

    after, codes = completed(order, check_deadlines(order, found, NOW))

    assert (codes, after.version, after.history) == ([], order.version + 1, order.history)
    assert next_deadline(after) is None
    assert check_deadlines(after, found, NOW).stale


def test_an_allocated_order_without_a_payment_waits_for_nothing() -> None:
    """A position says what is to be authorised; nothing has expired or is overdue."""
    assert next_deadline(stored(order_of(("A", 4, 100)))) is None


def test_a_shipped_order_that_is_not_captured_is_reported() -> None:
    """Goods are gone and the money is not taken: a day later a person has to look."""
    order = shipped_order()
    assert next_deadline(order) == SHIPPED_AT + DAY

    assert check(order, SHIPPED_AT + DAY)[1] == [CAPTURE_OVERDUE]


def test_a_shipped_order_that_was_never_authorised_is_reported() -> None:
    """There is nothing to capture from, but the goods are gone all the same."""
    order = stored(after(order_of(("A", 4, 100)), ship_order, parcel((1, "A", 4))))

    assert check(order, SHIPPED_AT + DAY)[1] == [CAPTURE_OVERDUE]


@pytest.mark.parametrize("method", ["CC", "TRANSFER", "COD"])
def test_what_is_refunded_after_a_return_is_not_overdue(method: str) -> None:
    """It was captured, so no capture is late; the position says what the refund left open."""
    order = captured(shipped_order(method), 450)
    refund = Refund(refund_id="REF-1", payment_id="PAY-1", amount_minor=100, refunded_at=SHIPPED_AT)
    returned = stored(replace(order, payment=replace(order.payment, refunds=(refund,))))

    assert CAPTURE_OVERDUE not in check(returned, SHIPPED_AT + 14 * DAY)[1]


@pytest.mark.parametrize(("method", "days"), [("COD", 14), ("TRANSFER", 1), ("CC", 1)])
def test_the_method_decides_when_a_shipped_order_should_be_captured(method: str, days: int) -> None:
    """A transfer and a card a day later; cash on delivery when the courier pays out what it collected."""
    order = shipped_order(method)

    assert check(order, SHIPPED_AT + days * DAY - MOMENT)[1] == []
    assert CAPTURE_OVERDUE in check(order, SHIPPED_AT + days * DAY)[1]


def test_what_is_reported_is_not_reported_again() -> None:
    """A second check of the same moment decides nothing."""
    after, _ = check(shipped_order(), SHIPPED_AT + DAY)

    assert check(after, SHIPPED_AT + DAY) == (after, [])


def test_a_promised_substitute_that_does_not_come_is_reported_once() -> None:
    """SUBSTITUTE: the substitution is due within hours; once it is there, nothing is."""
    promise = shortage((1, "A", 1, 0), resolution=Resolution.SUBSTITUTE)
    order = stored(after(order_of(("A", 1, 100)), short_order, promise))
    due = SHIPPED_AT + SUBSTITUTE_WITHIN

    assert [(each.code, each.at, each.ref) for each in open_deadlines(order)] == [
        (SUBSTITUTE_OVERDUE, due, "1")
    ]
    reported, codes = check(order, due)
    assert (codes, open_deadlines(reported)) == ([SUBSTITUTE_OVERDUE], ())
    assert not open_deadlines(stored(after(order, substitute_item, substitution(100, 100, to="B"))))


def test_a_cancelled_order_waits_for_no_stock() -> None:
    """Its request for stock needs no answer any more."""
    order = after(order_of(("A", 4, 100), force=False), cancel_order, cancellation())

    assert next_deadline(stored(order)) is None
