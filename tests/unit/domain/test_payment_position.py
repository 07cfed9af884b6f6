"""What is left to do follows from what is due and from the movements of money, and from nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.payment import Authorization, Capture, Payment, PaymentStatus, Refund
from shared.domain.payment_position import PaymentPosition, derive_position

START = datetime(2024, 1, 10, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
METHODS = ("CC", "TRANSFER", "PromptPay", "COD", "some new wallet")


def hold(
    number: int, amount: int, *, hours: int = 100, after: int = 0, payment: str = "PAY-1"
) -> Authorization:
    """Hold an amount from some hours after the start, for some hours."""
    return Authorization(
        authorization_id=f"AUTH-{number}",
        payment_id=payment,
        amount_minor=amount,
        authorized_at=START + after * HOUR,
        expires_at=START + (after + hours) * HOUR,
    )


def take(number: int, amount: int, *, after: int = 0, payment: str = "PAY-1") -> Capture:
    """Capture an amount some hours after the start."""
    return Capture(
        capture_id=f"CAP-{number}", payment_id=payment, amount_minor=amount, captured_at=START + after * HOUR
    )


def back(number: int, amount: int, *, payment: str = "PAY-1") -> Refund:
    """Refund an amount."""
    return Refund(refund_id=f"REF-{number}", payment_id=payment, amount_minor=amount, refunded_at=START)


def payment_of(*movements: Authorization | Capture | Refund, method: str = "CC") -> Payment:
    """Return a payment with movements."""
    return Payment(
        method=method,
        amount_minor=450,
        currency="THB",
        authorizations=tuple(each for each in movements if isinstance(each, Authorization)),
        captures=tuple(each for each in movements if isinstance(each, Capture)),
        refunds=tuple(each for each in movements if isinstance(each, Refund)),
    )


def position(
    *movements: Authorization | Capture | Refund, due: int = 450, method: str = "CC", hours: int = 1
) -> PaymentPosition:
    """Derive the position some hours after the start."""
    return derive_position(payment_of(*movements, method=method), due, START + hours * HOUR)


def left(found: PaymentPosition) -> tuple[int, int, int, int]:
    """Return what is left to capture, authorise, void and refund."""
    return found.to_capture_minor, found.to_authorize_minor, found.to_void_minor, found.to_refund_minor


def test_an_unpaid_order_is_to_be_authorised() -> None:
    """Nothing is held: the whole amount is to be authorised, none of it can be captured."""
    assert left(position()) == (0, 450, 0, 0)


def test_a_held_amount_is_to_be_captured() -> None:
    """What is held can be captured, what is missing be authorised, and what is too much be voided."""
    assert left(position(hold(1, 450))) == (450, 0, 0, 0)
    assert left(position(hold(1, 1))) == (1, 449, 0, 0)
    assert left(position(hold(1, 500))) == (450, 0, 50, 0)


def test_what_was_captured_beyond_what_is_due_is_to_be_refunded() -> None:
    """450 captured and 350 due: 100 is to be refunded, until it was."""
    paid = (hold(1, 450), take(1, 450))

    assert left(position(*paid, due=350)) == (0, 0, 0, 100)
    assert left(position(*paid, back(1, 40), due=350)) == (0, 0, 0, 60)
    assert position(*paid, back(1, 100), due=350).settled


def test_what_was_refunded_too_much_is_missing_again() -> None:
    """A refund beyond the excess leaves an amount to authorise."""
    assert left(position(hold(1, 450), take(1, 450), back(1, 150), due=350)) == (0, 50, 0, 0)


def test_an_expired_authorisation_holds_nothing() -> None:
    """450 expired, 450 renewed and captured: the payment is captured, and nothing is left to void."""
    renewed = position(hold(1, 450, hours=2), hold(2, 450), take(1, 450, after=3), hours=4)

    assert renewed.payment_status is PaymentStatus.CAPTURED
    assert renewed.authorized_minor == 0
    assert renewed.settled


def test_an_authorisation_holds_until_the_instant_it_expires() -> None:
    """At `expiresAt` it holds nothing any more."""
    assert [position(hold(1, 450, hours=2), hours=each).authorized_minor for each in (1, 2)] == [450, 0]


def test_a_void_names_the_authorisations_it_concerns() -> None:
    """The hold that lasts longest is kept; of the other one, all of it is to be voided."""
    found = position(hold(1, 450, hours=50), hold(2, 300, payment="PAY-2"), hold(3, 100, payment="PAY-2"))

    assert left(found) == (450, 0, 400, 0)
    assert [(each.payment_id, each.void_authorization_ids) for each in found.payments] == [
        ("PAY-1", ("AUTH-1",)),
        ("PAY-2", ()),
    ]
    assert [each.to_capture_minor for each in found.payments] == [50, 400]


def test_each_payment_refunds_what_it_captured() -> None:
    """A refund is divided among the payments; none returns more than it took."""
    found = position(
        hold(1, 300),
        hold(2, 150, payment="PAY-2"),
        take(1, 300),
        take(2, 150, payment="PAY-2"),
        due=100,
    )

    assert [(each.payment_id, each.to_refund_minor) for each in found.payments] == [
        ("PAY-1", 300),
        ("PAY-2", 50),
    ]


@pytest.mark.parametrize("method", ["TRANSFER", "bank-transfer", "PromptPay", "PROMPT_PAY"])
def test_a_sale_is_captured_without_an_authorisation(method: str) -> None:
    """Transfers and PromptPay are captured at once: nothing is to be authorised."""
    assert left(position(method=method)) == (450, 0, 0, 0)
    assert position(take(1, 450), method=method).settled


def test_a_courier_collects_on_delivery() -> None:
    """COD: the amount is to be captured, and never to be authorised; a hold is of no use."""
    assert left(position(method="COD")) == (450, 0, 0, 0)
    assert left(position(hold(1, 450), method="COD")) == (450, 0, 450, 0)


def test_nothing_is_left_to_do_where_nothing_is_due() -> None:
    """A free order is settled, and an authorisation of nothing changes nothing."""
    assert position(due=0).settled
    assert position(hold(1, 0), due=0).settled
    assert position(due=0).payment_status is PaymentStatus.NOT_DUE


@pytest.mark.parametrize(
    ("movements", "due", "status"),
    [
        ((), 450, PaymentStatus.PENDING),
        ((hold(1, 449),), 450, PaymentStatus.PENDING),
        ((hold(1, 450),), 450, PaymentStatus.AUTHORIZED),
        ((hold(1, 450),), 0, PaymentStatus.AUTHORIZED),
        ((hold(1, 450), take(1, 449)), 450, PaymentStatus.PARTIALLY_CAPTURED),
        ((hold(1, 450), take(1, 350)), 350, PaymentStatus.CAPTURED),
        ((hold(1, 450), take(1, 450), back(1, 100)), 350, PaymentStatus.PARTIALLY_REFUNDED),
        ((hold(1, 450), take(1, 450), back(1, 450)), 0, PaymentStatus.REFUNDED),
    ],
)
def test_the_status_compares_with_what_is_due(
    movements: tuple[Authorization | Capture | Refund, ...], due: int, status: PaymentStatus
) -> None:
    """A payment is authorised or captured where the amount suffices for what the order costs now."""
    assert position(*movements, due=due).payment_status is status


@pytest.mark.parametrize("method", ["PromptPay", "TRANSFER", "COD"])
def test_an_authorization_authorizes_no_sale(method: str) -> None:
    """It covers nothing and is to be voided: until the capture the payment is pending, or nothing is due."""
    assert position(hold(1, 450), method=method).payment_status is PaymentStatus.PENDING
    assert position(hold(1, 450), due=0, method=method).payment_status is PaymentStatus.NOT_DUE
    assert position(hold(1, 450), take(1, 450), method=method).payment_status is PaymentStatus.CAPTURED


AMOUNTS = st.integers(0, 1000)
PAYMENTS = st.sampled_from(["PAY-1", "PAY-2"])
NUMBERS = st.integers(1, 99)
HOURS = st.integers(0, 9)
HOLDS = st.lists(
    st.builds(hold, NUMBERS, AMOUNTS, hours=st.integers(1, 9), after=HOURS, payment=PAYMENTS), max_size=5
)
TAKES = st.lists(st.builds(take, NUMBERS, AMOUNTS, after=HOURS, payment=PAYMENTS), max_size=5)
BACKS = st.lists(st.builds(back, NUMBERS, AMOUNTS, payment=PAYMENTS), max_size=3)


@st.composite
def payments(draw: st.DrawFn) -> Payment:
    """Draw payments; some contradict themselves; none returns more than it took."""
    holds, takes = draw(HOLDS), draw(TAKES)
    backs: list[Refund] = []
    for each in draw(BACKS):
        taken = sum(one.amount_minor for one in takes if one.payment_id == each.payment_id)
        returned = sum(one.amount_minor for one in backs if one.payment_id == each.payment_id)
        backs.append(replace(each, amount_minor=min(each.amount_minor, taken - returned)))
    return payment_of(*holds, *takes, *backs, method=draw(st.sampled_from(METHODS)))


@given(payments(), AMOUNTS, st.integers(0, 12))
def test_a_position_leaves_exactly_what_is_missing(payment: Payment, due: int, hours: int) -> None:
    """Once it is done, captured - refunded is what is due and nothing is held; no amount is negative."""
    found = derive_position(payment, due, START + hours * HOUR)

    assert min(left(found)) >= 0
    captured = found.captured_minor + found.to_capture_minor + found.to_authorize_minor
    assert captured - found.refunded_minor - found.to_refund_minor == due
    authorizes = payment.method not in {"TRANSFER", "PromptPay", "COD"}
    captured_from_holds = found.to_capture_minor if authorizes else 0
    assert found.authorized_minor - captured_from_holds == found.to_void_minor
    assert found.to_refund_minor == 0 or found.to_capture_minor + found.to_authorize_minor == 0
    assert found.settled is not any(left(found))
    uncovered = found.to_authorize_minor if authorizes else found.to_capture_minor
    assert found.covered is (uncovered == 0)


@given(payments(), AMOUNTS, st.integers(0, 12))
def test_the_parts_of_all_payments_make_the_whole(payment: Payment, due: int, hours: int) -> None:
    """Amounts of the payments add up to the position's, and none refunds more than it kept."""
    found = derive_position(payment, due, START + hours * HOUR)

    for name in ("authorized", "captured", "refunded", "to_void", "to_refund"):
        parts = sum(getattr(each, f"{name}_minor") for each in found.payments)
        assert parts == getattr(found, f"{name}_minor"), name
    for each in found.payments:
        assert each.to_refund_minor <= each.captured_minor - each.refunded_minor
        assert bool(each.void_authorization_ids) is bool(each.to_void_minor)


@given(payments(), AMOUNTS, st.data())
def test_the_order_of_movements_does_not_matter(payment: Payment, due: int, data: st.DataObject) -> None:
    """Any order of movements in the payment leads to the same position."""
    shuffled = replace(
        payment,
        authorizations=tuple(data.draw(st.permutations(payment.authorizations))),
        captures=tuple(data.draw(st.permutations(payment.captures))),
    )

    assert left(derive_position(shuffled, due, START)) == left(derive_position(payment, due, START))
