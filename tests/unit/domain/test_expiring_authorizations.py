"""The sweep reports authorisations that soon expire, and enters those that have expired."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from shared.domain.capture_payment import CapturePayment, capture_payment
from shared.domain.deadlines import (
    AUTHORIZATION_EXPIRING,
    EXPIRY_NOTICE,
    next_deadline,
    open_deadlines,
)
from shared.domain.expire_authorizations import AUTHORIZATION_EXPIRED as EXPIRED
from tests.unit.domain.checking_deadlines import (
    DAY,
    MOMENT,
    authorized_order,
    check,
    stored,
)
from tests.unit.domain.fulfilling import (
    EXPIRES_AT,
    NOW,
    ORDER_ID,
    ORDERED_AT,
    SHIPPED_AT,
    after,
    authorized,
    captured,
    order_of,
)


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
    """The money was taken before: the history is as if the capture had come in time."""
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


@pytest.mark.parametrize("method", ["PromptPay", "COD"])
def test_an_authorisation_that_is_to_be_voided_expires_without_a_report(method: str) -> None:
    """A sale or a courier takes the amount without it: the position asks to void it."""
    order = authorized(order_of(("A", 4, 100)), 450)
    unpaid = stored(replace(order, payment=replace(order.payment, method=method)))

    assert unpaid.position is not None
    assert unpaid.position.to_void_minor == 450
    assert open_deadlines(unpaid) == ()
