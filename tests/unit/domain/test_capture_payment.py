from datetime import datetime, timedelta

import pytest
from freezegun import freeze_time

from shared.bootstrap.adapters import utc_now
from shared.contracts.payment import PaymentAuthorization, PaymentCapture
from shared.domain.capture_payment import PaymentCaptured, capture_payment
from shared.domain.payment import PaymentStatus
from shared.domain.violations import AuthorizationExpired, CurrencyMismatch, NotAuthorized, OverCaptured
from tests.examples import example
from tests.unit.domain.paying import EXPIRES_AT, NOW, authorization, capture, new_order, paid

INSTANT = timedelta(microseconds=1)


def test_the_example_of_the_requirements_is_captured_and_told() -> None:
    """The message of requirements 5.2 takes the whole amount, in the currency it was authorised in."""
    held = PaymentAuthorization.parse(example("payment_authorized").payload, {}).to_command()
    command = PaymentCapture.parse(example("payment_captured").payload, {}).to_command()

    decision = capture_payment(paid(new_order(), held), command, NOW)

    order = paid(new_order(), held, command)
    assert decision.changes == (order,)
    assert order.payment.captured_minor == 133398
    assert decision.events == (
        PaymentCaptured(
            ordering_key="CUST-123456",
            order_id="QC-2024-01-10-000001",
            payment_id="PAY-123456",
            capture_id="CAP-789",
            amount_minor=133398,
            currency="THB",
            captured_at=command.captured_at,
            payment_status=PaymentStatus.CAPTURED,
        ),
    )


def test_partial_captures_add_up() -> None:
    """The payment is captured when the parts make the whole, and partially captured before."""
    half = paid(new_order(), authorization(1, 100), capture(1, 40))
    whole = paid(half, capture(2, 60))

    assert half.payment.status is PaymentStatus.PARTIALLY_CAPTURED
    assert whole.payment.status is PaymentStatus.CAPTURED


def test_a_capture_is_in_the_order_s_timeline() -> None:
    """The timeline names the capture."""
    order = paid(new_order(), authorization(1, 100), capture(1, 100))

    assert (order.history[-1].event, order.history[-1].ref) == ("payment.captured", "CAP-1")


def test_a_capture_before_any_authorisation_is_too_early() -> None:
    """`payment.not_authorized`: the authorisation may still be on its way, so the capture comes again."""
    with pytest.raises(NotAuthorized) as early:
        paid(new_order(), capture(1, 1))
    assert early.value.slug == "payment.not_authorized"


def test_a_satang_more_than_authorised_is_rejected() -> None:
    """`payment.over_captured`: captures together never exceed what is authorised."""
    order = paid(new_order(), authorization(1, 100), capture(1, 60))

    with pytest.raises(OverCaptured, match=r"^amount: ") as refused:
        paid(order, capture(2, 41))
    assert refused.value.slug == "payment.over_captured"


def test_another_currency_is_rejected() -> None:
    """`payment.currency_mismatch`: a capture that names a currency names that of the authorisation."""
    order = paid(new_order(), authorization(1, 100))

    with pytest.raises(CurrencyMismatch):
        paid(order, capture(1, 100, currency="USD"))
    assert paid(order, capture(1, 100, currency="THB")).payment.captured_minor == 100


@pytest.mark.parametrize("arrival", ["2024-01-10T16:00:00Z", "2024-01-17T10:05:00Z", "2024-03-01T00:00:00Z"])
def test_a_capture_in_the_last_instant_counts_whenever_it_arrives(arrival: str) -> None:
    """What was taken before the expiry was taken in time, also where the message comes after it."""
    with freeze_time(arrival):
        order = paid(
            new_order(), authorization(1, 100), capture(1, 100, at=EXPIRES_AT - INSTANT), now=utc_now()
        )

    assert order.payment.captured_minor == 100


@pytest.mark.parametrize("taken", [EXPIRES_AT, EXPIRES_AT + INSTANT])
@freeze_time("2024-01-10T16:00:00Z")
def test_a_capture_at_or_after_the_expiry_is_rejected(taken: datetime) -> None:
    """`payment.authorization_expired`: at `expiresAt` it is over, whenever the message comes."""
    order = paid(new_order(), authorization(1, 100))

    with pytest.raises(AuthorizationExpired, match=r"^capturedAt: ") as refused:
        paid(order, capture(1, 100, at=taken), now=utc_now())
    assert refused.value.slug == "payment.authorization_expired"


def test_a_late_capture_draws_on_what_still_holds() -> None:
    """An early capture uses the authorisation that expires first, so that a later one finds the other."""
    order = paid(
        new_order(),
        authorization(1, 100),
        authorization(2, 50, expires=EXPIRES_AT + timedelta(days=1)),
        capture(1, 100),
    )

    assert paid(order, capture(2, 50, at=EXPIRES_AT)).payment.captured_minor == 150


def test_a_late_capture_does_not_draw_on_what_expired() -> None:
    """Money that expired unused is gone, even where the sum of all authorisations would do."""
    order = paid(
        new_order(), authorization(1, 100), authorization(2, 50, expires=EXPIRES_AT + timedelta(days=1))
    )

    with pytest.raises(AuthorizationExpired):
        paid(order, capture(1, 51, at=EXPIRES_AT))
