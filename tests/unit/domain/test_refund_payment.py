import pytest

from shared.contracts.payment import PaymentRefund
from shared.domain.payment import PaymentStatus
from shared.domain.refund_payment import PaymentRefunded, refund_payment
from shared.domain.violations import CurrencyMismatch, NotCaptured, OverRefunded
from tests.examples import example
from tests.unit.domain.paying import NOW, authorization, capture, new_order, paid, refund

PAID = (authorization(1, 133398), capture(1, 100000))


def test_a_refund_is_taken_note_of_and_told() -> None:
    """A refund of one unit leaves the payment partially refunded and tells why it was given."""
    command = PaymentRefund.parse(example("payment_refunded").payload, {}).to_command()

    decision = refund_payment(paid(new_order(), *PAID), command, NOW)

    order = paid(new_order(), *PAID, command)
    assert decision.changes == (order,)
    assert order.payment.refunded_minor == 59999
    assert (order.history[-1].event, order.history[-1].ref) == ("payment.refunded", "REF-789")
    assert decision.events == (
        PaymentRefunded(
            ordering_key="CUST-123456",
            order_id="QC-2024-01-10-000001",
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
    """The payment is refunded when everything captured was given back."""
    order = paid(new_order(), *PAID, refund(1, 40000), refund(2, 60000))

    assert order.payment.status is PaymentStatus.REFUNDED


def test_a_refund_before_any_capture_is_too_early() -> None:
    """`payment.not_captured`: the capture may still be on its way, so the refund comes again."""
    with pytest.raises(NotCaptured) as early:
        paid(new_order(), authorization(1, 100), refund(1, 1))
    assert early.value.slug == "payment.not_captured"


def test_a_satang_more_than_captured_is_rejected() -> None:
    """`payment.over_refunded`: refunds together never exceed what was taken, whatever was authorised."""
    order = paid(new_order(), *PAID, refund(1, 60000))

    with pytest.raises(OverRefunded, match=r"^amount: ") as refused:
        paid(order, refund(2, 40001))
    assert refused.value.slug == "payment.over_refunded"


def test_another_currency_is_rejected() -> None:
    """`payment.currency_mismatch`: a refund that names a currency names that of the authorisation."""
    with pytest.raises(CurrencyMismatch):
        paid(new_order(), *PAID, refund(1, 1, currency="USD"))
