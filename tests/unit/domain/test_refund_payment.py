from datetime import timedelta

import pytest
from msgspec.structs import replace

from shared.contracts.payment import PaymentRefund
from shared.domain.decision import DUPLICATE
from shared.domain.order_position import order_position
from shared.domain.payment import PaymentStatus
from shared.domain.refund_payment import PaymentRefunded, refund_payment
from shared.domain.violations import CurrencyMismatch, NotCaptured, OverRefunded
from shared.errors import Conflict
from tests.examples import SUPPLIED, example
from tests.unit.domain.paying import NOW, authorization, capture, new_order, paid, refund

INSTANT = timedelta(microseconds=1)
CARD = "PAY-123456"
PAID = (authorization(1, 133398, payment=CARD), capture(1, 100000, payment=CARD))
LONG_AGO = NOW - timedelta(hours=12)
"""The publish time of a message that waited in vain for its capture."""


def test_a_refund_is_recorded_and_published() -> None:
    """A refund of one unit leaves the payment partially refunded; the event says why it was paid."""
    command = PaymentRefund.parse(example("payment_refunded").payload, SUPPLIED).to_command()

    decision = refund_payment(paid(new_order(), *PAID), command, NOW)

    order = paid(new_order(), *PAID, command)
    assert decision.changes == (order,)
    assert order.payment.refunded_minor == 59999
    assert (order.history[-1].event, order.history[-1].ref) == ("payment.refunded", "REF-789")
    assert decision.events == (
        PaymentRefunded(
            ordering_key="CUST-123456",
            order_id="QC-2024-01-10-000001",
            occurred_at=command.refunded_at,
            payment_id="PAY-123456",
            refund_id="REF-789",
            amount_minor=59999,
            currency="THB",
            reason="One unit came back",
            refunded_at=command.refunded_at,
            payment_status=PaymentStatus.PARTIALLY_REFUNDED,
        ),
    )


def test_refunds_add_up_to_all_that_was_taken() -> None:
    """The payment is refunded when everything captured was returned."""
    order = paid(new_order(), *PAID, refund(1, 40000, payment=CARD), refund(2, 60000, payment=CARD))

    assert order_position(order).payment_status is PaymentStatus.REFUNDED


def test_a_refund_before_any_capture_is_too_early() -> None:
    """`payment.not_captured`: the capture may still be on its way, so the refund comes again."""
    with pytest.raises(NotCaptured) as early:
        paid(new_order(), authorization(1, 100), refund(1, 1))
    assert early.value.slug == "payment.not_captured"


def test_a_satang_more_than_captured_waits_for_another_capture() -> None:
    """`payment.not_captured`: a second capture may still be on its way, and then the refund is right."""
    order = paid(new_order(), *PAID, refund(1, 60000, payment=CARD))

    with pytest.raises(NotCaptured, match=r"^amount: "):
        paid(order, refund(2, 40001, payment=CARD))


def test_a_refund_that_waited_in_vain_is_rejected() -> None:
    """`payment.over_refunded` after twelve hours: its capture may have waited for six itself."""
    late = refund(1, 100001, payment=CARD, waiting_since=LONG_AGO)
    order = paid(replace(new_order(), created_at=LONG_AGO), *PAID)

    with pytest.raises(OverRefunded, match=r"^amount: ") as refused:
        paid(order, late)
    assert refused.value.slug == "payment.over_refunded"
    with pytest.raises(NotCaptured):
        paid(order, replace(late, waiting_since=LONG_AGO + INSTANT))
    with pytest.raises(NotCaptured):  # an outage delayed the order, and maybe a capture
        paid(replace(order, created_at=LONG_AGO + INSTANT), late)


def test_a_payment_refunds_what_it_captured_itself() -> None:
    """A payment id that the order never had has captured nothing, whatever another one has."""
    with pytest.raises(NotCaptured):
        paid(new_order(), *PAID, refund(1, 1, payment="PAY-2"))


def test_a_refund_the_order_has_is_a_duplicate() -> None:
    """Its claim may have expired: it does not count twice, and with another amount it is a conflict."""
    order = paid(new_order(), *PAID, refund(1, 100, payment=CARD))

    assert refund_payment(order, refund(1, 100, payment=CARD), NOW) == DUPLICATE
    with pytest.raises(Conflict):
        refund_payment(order, refund(1, 101, payment=CARD), NOW)


def test_another_currency_is_rejected() -> None:
    """`payment.currency_mismatch`: a refund that names a currency names the order's."""
    with pytest.raises(CurrencyMismatch):
        paid(new_order(), *PAID, refund(1, 1, currency="USD", payment=CARD))
