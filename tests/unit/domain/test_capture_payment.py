from datetime import datetime, timedelta

import pytest
from freezegun import freeze_time
from msgspec.structs import replace

from shared.bootstrap.adapters import utc_now
from shared.contracts.payment import PaymentAuthorization, PaymentCapture
from shared.domain.cancel_order import CancelOrder, cancel_order
from shared.domain.capture_payment import PaymentCaptured, capture_payment
from shared.domain.decision import DUPLICATE
from shared.domain.order import Order
from shared.domain.order_position import order_position
from shared.domain.payment import PaymentStatus
from shared.domain.payment_exceptions import with_payment_exceptions
from shared.domain.violations import CurrencyMismatch, NotAuthorized
from shared.errors import Conflict
from tests.examples import SUPPLIED, example
from tests.unit.domain.paying import (
    AUTHORIZED_AT,
    CAPTURED_AT,
    EXPIRES_AT,
    NOW,
    authorization,
    capture,
    new_order,
    paid,
)

INSTANT = timedelta(microseconds=1)
LONG_AGO = NOW - timedelta(hours=6)


def test_the_example_of_the_requirements_is_captured_with_an_event() -> None:
    """The message of requirements 5.2 takes the whole amount, in the currency it was authorised in."""
    held = PaymentAuthorization.parse(example("payment_authorized").payload, {}).to_command()
    command = PaymentCapture.parse(example("payment_captured").payload, SUPPLIED).to_command()

    decision = capture_payment(paid(new_order(), held), command, NOW)

    order = paid(new_order(), held, command)
    assert decision.changes == (order,)
    assert order.payment.captured_minor == 133398
    assert decision.events == (
        PaymentCaptured(
            ordering_key="CUST-123456",
            order_id="QC-2024-01-10-000001",
            occurred_at=command.captured_at,
            payment_id="PAY-123456",
            capture_id="CAP-789",
            amount_minor=133398,
            currency="THB",
            captured_at=command.captured_at,
            payment_status=PaymentStatus.CAPTURED,
        ),
    )


def test_partial_captures_add_up() -> None:
    """The payment is captured when the parts make what is due, and partially captured before."""
    half = paid(new_order(), authorization(1, 133398), capture(1, 40))
    whole = paid(half, capture(2, 133358))

    assert order_position(half).payment_status is PaymentStatus.PARTIALLY_CAPTURED
    assert order_position(whole).payment_status is PaymentStatus.CAPTURED


def test_a_capture_is_in_the_order_s_history() -> None:
    """The history names the capture."""
    order = paid(new_order(), authorization(1, 100), capture(1, 100))

    assert (order.history[-1].event, order.history[-1].ref) == ("payment.captured", "CAP-1")


def test_a_capture_before_an_authorisation_of_its_payment_is_too_early() -> None:
    """`payment.not_authorized`: the authorisation may still be on its way, so the capture comes again."""
    for order in (new_order(), paid(new_order(), authorization(1, 100, payment="PAY-2"))):
        with pytest.raises(NotAuthorized, match=r"^paymentId: ") as early:
            paid(order, capture(1, 1))
        assert early.value.slug == "payment.not_authorized"


def test_an_authorisation_of_nothing_does_not_authorise_a_capture() -> None:
    """It verified the card. The capture waits for the one that holds its amount, or is an exception."""
    verified = paid(new_order(), authorization(1, 0))
    with pytest.raises(NotAuthorized):
        paid(verified, capture(1, 100))

    order = paid(verified, authorization(2, 100), capture(1, 100))

    assert contradictions(order) == []
    assert contradictions(paid(verified, capture(1, 0))) == []
    in_vain = paid(replace(verified, created_at=LONG_AGO), capture(1, 100, waiting_since=LONG_AGO))
    assert contradictions(in_vain) == [("payment.not_authorized", "PAY-1:CAP-1")]


def test_a_capture_that_waited_in_vain_is_recorded_as_an_exception() -> None:
    """Six hours after it was deferred it counts: the money was taken, and a person has to look."""
    created = replace(new_order(), created_at=LONG_AGO)
    early = capture(1, 100, waiting_since=LONG_AGO)
    with pytest.raises(NotAuthorized):
        paid(created, replace(early, waiting_since=LONG_AGO + INSTANT))
    with pytest.raises(NotAuthorized):  # an outage delayed the order, and maybe the authorisation
        paid(replace(created, created_at=LONG_AGO + INSTANT), early)

    order = paid(created, early)

    assert order.payment.captured_minor == 100
    assert contradictions(order) == [("payment.not_authorized", "PAY-1:CAP-1")]


@pytest.mark.parametrize("method", ["TRANSFER", "PromptPay", "COD"])
def test_a_method_without_authorisations_is_captured_at_once(method: str) -> None:
    """Transfers, PromptPay and couriers capture what was never authorised, and that is no exception."""
    order = replace(new_order(), payment=replace(new_order().payment, method=method))

    paid_order = paid(order, capture(1, 133398))

    assert order_position(paid_order).settled
    assert contradictions(paid_order) == []


def test_a_satang_more_than_authorised_is_recorded_as_an_exception() -> None:
    """`payment.over_captured`: the money was taken, so it counts, and a person has to look."""
    order = paid(new_order(), authorization(1, 100), capture(1, 60), capture(2, 41))

    assert order.payment.captured_minor == 101
    assert contradictions(order) == [("payment.over_captured", "PAY-1:CAP-2")]


def test_a_later_authorisation_explains_a_capture() -> None:
    """An exception is gone once the authorisation arrives that the capture drew on."""
    order = paid(new_order(), authorization(1, 100), capture(1, 101), authorization(2, 1))

    assert contradictions(order) == []


def test_one_id_of_two_payments_is_two_captures() -> None:
    """Payment services number on their own: CAP-1 of PAY-2 is not CAP-1 of PAY-1."""
    order = paid(
        new_order(),
        authorization(1, 100),
        authorization(2, 50, payment="PAY-2"),
        capture(1, 100),
        capture(1, 50, payment="PAY-2"),
    )

    assert order.payment.captured_minor == 150
    assert contradictions(order) == []


def test_a_capture_the_order_has_is_a_duplicate() -> None:
    """Its claim may have expired, or bear the key of an earlier release: it does not count twice."""
    order = paid(new_order(), authorization(1, 100), capture(1, 60))

    assert capture_payment(order, capture(1, 60), NOW) == DUPLICATE
    with pytest.raises(Conflict, match=r"^data: "):
        capture_payment(order, capture(1, 61), NOW)


def test_another_currency_is_rejected() -> None:
    """`payment.currency_mismatch`: a capture that names a currency names the order's."""
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
def test_a_capture_at_or_after_the_expiry_is_recorded_as_an_exception(taken: datetime) -> None:
    """`payment.authorization_expired`: at `expiresAt` it is over, whenever the message comes."""
    order = paid(new_order(), authorization(1, 100), capture(1, 100, at=taken), now=utc_now())

    assert order.payment.captured_minor == 100
    assert contradictions(order) == [("payment.authorization_expired", "PAY-1:CAP-1")]


def test_a_late_capture_draws_on_what_still_holds() -> None:
    """An early capture uses the authorisation that expires first, so that a later one finds the other."""
    order = paid(
        new_order(),
        authorization(1, 100),
        authorization(2, 50, expires=EXPIRES_AT + timedelta(days=1)),
        capture(1, 100),
        capture(2, 50, at=EXPIRES_AT),
    )

    assert contradictions(order) == []


def test_a_late_capture_does_not_draw_on_what_expired() -> None:
    """Money that expired unused is gone, even where the sum of all authorisations would do."""
    order = paid(
        new_order(),
        authorization(1, 100),
        authorization(2, 50, expires=EXPIRES_AT + timedelta(days=1)),
        capture(1, 51, at=EXPIRES_AT),
    )

    assert contradictions(order) == [("payment.authorization_expired", "PAY-1:CAP-1")]


@pytest.mark.parametrize("renewal_first", [False, True])
def test_an_authorisation_made_after_a_capture_holds_an_amount_of_its_own(*, renewal_first: bool) -> None:
    """Taken after its authorisation expired, and renewed meanwhile: the renewal is to be voided."""
    late = capture(1, 133398, at=EXPIRES_AT)
    renewal = replace(
        authorization(2, 133398, expires=EXPIRES_AT + timedelta(days=7)), authorized_at=EXPIRES_AT + INSTANT
    )
    movements = (renewal, late) if renewal_first else (late, renewal)

    order = paid(new_order(), authorization(1, 133398), *movements)

    assert contradictions(order) == [("payment.authorization_expired", "PAY-1:CAP-1")]
    position = order_position(order)
    assert (position.to_void_minor, position.payments[0].void_authorization_ids) == (133398, ("AUTH-2",))


def test_a_capture_that_states_a_time_before_its_only_authorisation_is_covered_by_it() -> None:
    """Clocks differ, and a capture needs an authorisation: it must be that one."""
    order = paid(new_order(), authorization(1, 133398), capture(1, 133398, at=AUTHORIZED_AT - INSTANT))

    assert contradictions(order) == []
    assert order_position(order).settled


def test_a_movement_after_the_cancellation_is_recorded_as_an_exception() -> None:
    """What was authorised or captured after the order was cancelled counts; what was before is right."""
    order = paid(new_order(), authorization(1, 100), capture(1, 50))
    cancelled = cancel_order(order, cancellation(order, CAPTURED_AT + INSTANT), NOW).changes[0]
    assert isinstance(cancelled, Order)

    late = paid(cancelled, capture(2, 50, at=CAPTURED_AT + 2 * INSTANT))

    assert contradictions(cancelled) == []
    assert contradictions(late) == [("payment.captured_after_cancellation", "PAY-1:CAP-2")]
    assert contradictions(paid(cancelled, replace(authorization(2, 5), authorized_at=NOW))) == [
        ("payment.authorized_after_cancellation", "PAY-1:AUTH-2")
    ]
    nothing = (capture(2, 0, at=NOW), replace(authorization(2, 0), authorized_at=NOW))
    assert contradictions(paid(cancelled, *nothing)) == []


def contradictions(order: Order) -> list[tuple[str, str]]:
    """Return code and reference of the exceptions that the order's payment has."""
    return [(each.code, each.ref) for each in with_payment_exceptions(order).exceptions]


def cancellation(order: Order, at: datetime) -> CancelOrder:
    """Cancel the whole order at a moment."""
    return CancelOrder(
        order_id=order.order_id, line_numbers=(), reason="any", requested_by="QC-SMF", cancelled_at=at
    )
