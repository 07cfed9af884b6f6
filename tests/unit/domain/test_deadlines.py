"""What an order waits for has a deadline; the sweep reports each one that passes, once."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from shared.domain.cancel_order import cancel_order
from shared.domain.capture_payment import CapturePayment, capture_payment
from shared.domain.complete_decision import complete_decision
from shared.domain.deadlines import (
    ALLOCATE_WITHIN,
    ALLOCATION_OVERDUE,
    AUTHORIZATION_EXPIRING,
    CAPTURE_OVERDUE,
    EXPIRY_NOTICE,
    SUBSTITUTE_OVERDUE,
    SUBSTITUTE_WITHIN,
    CheckDeadlines,
    check_deadlines,
    next_deadline,
    open_deadlines,
)
from shared.domain.decision import Decision
from shared.domain.expire_authorizations import AUTHORIZATION_EXPIRED as EXPIRED
from shared.domain.order import Order
from shared.domain.order_exception import OrderExceptionRaised
from shared.domain.payment import Refund
from shared.domain.ship_order import ship_order
from shared.domain.short_order import Resolution, short_order
from shared.domain.substitute_item import substitute_item
from tests.unit.domain.fulfilling import (
    EXPIRES_AT,
    NOW,
    ORDER_ID,
    ORDERED_AT,
    SHIPPED_AT,
    after,
    authorized,
    cancellation,
    captured,
    order_of,
    parcel,
    shortage,
    substitution,
)

CHECK = CheckDeadlines(order_id=ORDER_ID, version=0)
"""Of an order that has changed since the sweep found it."""
MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)


def completed(before: Order | None, decision: Decision) -> tuple[Order, list[str]]:
    """Complete a decision; return the order and the codes of the exceptions it publishes."""
    after = complete_decision({before.ref: before} if before else {}, decision)
    (order,) = after.changes
    assert isinstance(order, Order)
    return order, [each.code for each in after.events if isinstance(each, OrderExceptionRaised)]


def stored(order: Order) -> Order:
    """Return an order as it is stored, its position derived."""
    return completed(None, Decision(changes=(order,)))[0]


def check(order: Order, at: datetime) -> tuple[Order, list[str]]:
    """Check an order's deadlines; nothing may be decided where none has passed."""
    decision = check_deadlines(order, CHECK, at)
    return (order, []) if decision.stale else completed(order, decision)


def authorized_order() -> Order:
    """Return an allocated order of 4.50 that is authorised in full."""
    return stored(authorized(order_of(("A", 4, 100)), 450))


def shipped_order(method: str = "CC") -> Order:
    """Return an order that left in one parcel and is not captured."""
    order = authorized(order_of(("A", 4, 100)), 450, expires=EXPIRES_AT + 30 * DAY)
    paid = replace(order, payment=replace(order.payment, method=method))
    return completed(paid, ship_order(stored(paid), parcel((1, "A", 4)), NOW))[0]


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


def test_an_authorisation_that_is_needed_is_reported_a_day_before_it_expires() -> None:
    """There is time to capture or to renew it."""
    order = authorized_order()
    assert next_deadline(order) == EXPIRES_AT - EXPIRY_NOTICE

    after, codes = check(order, EXPIRES_AT - EXPIRY_NOTICE)

    assert codes == [AUTHORIZATION_EXPIRING]
    assert [each.ref for each in after.exceptions] == ["PAY-1:AUTH-1"]
    assert next_deadline(after) == EXPIRES_AT


def test_an_expired_authorisation_changes_the_position() -> None:
    """From its expiry on it holds nothing, and the order is to be authorised again."""
    after, codes = check(authorized_order(), EXPIRES_AT)

    assert codes == [AUTHORIZATION_EXPIRING]
    assert after.position is not None
    assert (after.position.authorized_minor, after.position.to_authorize_minor) == (0, 450)
    assert (after.history[-1].at, after.history[-1].event) == (EXPIRES_AT, "payment.authorization_expired")
    assert check(after, EXPIRES_AT + DAY) == (after, [])


def test_a_capture_that_arrives_after_the_expiry_removes_its_entry() -> None:
    """The money was taken before: the timeline is as if the capture had come in time."""
    order = stored(authorized(order_of(("A", 1, 100)), 150))
    early = CapturePayment(
        order_id=ORDER_ID,
        payment_id="PAY-1",
        capture_id="CAP-1",
        amount=Decimal("1.00"),
        currency=None,
        captured_at=SHIPPED_AT,
        waiting_since=NOW,
    )
    expired, _ = check(order, EXPIRES_AT)

    part = stored(after(expired, capture_payment, early))
    rest = replace(early, capture_id="CAP-2", amount=Decimal("0.50"))
    whole = stored(after(part, capture_payment, rest))

    assert [EXPIRED in {each.event for each in order.history} for order in (expired, part, whole)] == [
        True,
        True,
        False,
    ]
    assert (
        whole.position == stored(after(after(order, capture_payment, early), capture_payment, rest)).position
    )
    assert next_deadline(whole) is None


def test_authorisations_of_two_payments_with_one_id_expire_each_at_its_time() -> None:
    """A payment service numbers the authorisations separately for each payment."""
    order = authorized(order_of(("A", 4, 100)), 300)
    (first,) = order.payment.authorizations
    second = replace(first, payment_id="PAY-2", amount_minor=150, expires_at=EXPIRES_AT + DAY)
    paid = stored(replace(order, payment=replace(order.payment, authorizations=(first, second))))

    after_first, _ = check(paid, EXPIRES_AT)
    after_both, _ = check(after_first, EXPIRES_AT + DAY)

    assert [each.position and each.position.to_authorize_minor for each in (after_first, after_both)] == [
        300,
        450,
    ]
    assert next_deadline(after_both) is None


def test_an_authorisation_that_is_not_needed_expires_without_a_report() -> None:
    """What is captured needs no authorisation any more."""
    order = stored(captured(authorized_order(), 450))

    assert open_deadlines(order) == ()
    assert next_deadline(order) is None


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


def test_an_authorisation_shorter_than_the_notice_is_reported_when_it_is_made() -> None:
    """No deadline lies before the message that it is about."""
    order = stored(authorized(order_of(("A", 4, 100)), 450, expires=ORDERED_AT + EXPIRY_NOTICE - MOMENT))

    assert next_deadline(order) == ORDERED_AT


def test_only_authorisations_that_are_to_be_kept_are_reported() -> None:
    """Of two for the whole amount the longer one is kept; the other one may expire."""
    order = authorized(order_of(("A", 4, 100)), 450)
    (first,) = order.payment.authorizations
    second = replace(first, authorization_id="AUTH-2", expires_at=EXPIRES_AT + DAY)
    paid = stored(replace(order, payment=replace(order.payment, authorizations=(first, second))))

    assert [each.ref for each in open_deadlines(paid)] == ["PAY-1:AUTH-2"]


def test_a_cancelled_order_waits_for_no_stock() -> None:
    """Its request for stock needs no answer any more."""
    order = after(order_of(("A", 4, 100), force=False), cancel_order, cancellation())

    assert next_deadline(stored(order)) is None
