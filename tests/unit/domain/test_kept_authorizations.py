"""Of several authorisations a position keeps the newest, and captures draw on those that it keeps."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.payment import Capture, Payment
from shared.domain.payment_position import PaymentPosition, derive_position
from tests.unit.domain.test_payment_position import HOUR, START, hold, left, payment_of, position, take

AMOUNTS = st.integers(0, 3)
PAYMENTS = st.sampled_from(["PAY-1", "PAY-1", "PAY-2"])
HOURS = st.integers(0, 9)


def voids(found: PaymentPosition) -> list[tuple[str, int, tuple[str, ...]]]:
    """Return what is to be voided of each payment."""
    return [
        (each.payment_id, each.to_void_minor, each.void_authorization_ids)
        for each in found.payments
        if each.to_void_minor
    ]


def test_a_renewal_is_captured_and_what_it_replaced_is_voided() -> None:
    """Renewed before it expires: the older one is to be voided, before and after the capture."""
    renewed = (hold(1, 450), hold(2, 450, after=10))

    before, after = position(*renewed, hours=20), position(*renewed, take(1, 450, after=20), hours=20)

    assert (left(before), left(after)) == ((450, 0, 450, 0), (0, 0, 450, 0))
    assert voids(before) == voids(after) == [("PAY-1", 450, ("AUTH-1",))]


def test_a_capture_before_all_authorisations_is_of_the_first_one() -> None:
    """Clocks differ: the renewal was made long after it, and is left."""
    found = position(hold(1, 450, after=1), hold(2, 450, after=10), take(1, 450), hours=20)

    assert voids(found) == [("PAY-1", 450, ("AUTH-2",))]


@st.composite
def payments(draw: st.DrawFn) -> Payment:
    """Draw authorisations that are valid equally long, as a bank's are, and captures."""
    hours = draw(st.integers(5, 20))
    holds = draw(st.lists(st.tuples(AMOUNTS, HOURS, PAYMENTS), max_size=4))
    takes = draw(st.lists(st.tuples(AMOUNTS, HOURS, PAYMENTS), max_size=3))
    return payment_of(
        *(
            hold(number, amount, hours=hours, after=after, payment=payment)
            for number, (amount, after, payment) in enumerate(holds)
        ),
        *(
            take(number, amount, after=after, payment=payment)
            for number, (amount, after, payment) in enumerate(takes)
        ),
    )


@given(payments(), st.integers(0, 6))
def test_what_is_to_be_voided_stays_so_once_the_rest_is_captured(payment: Payment, due: int) -> None:
    """A service that acts on a position captures no authorisation that a later position asks to void."""
    at = START + 9 * HOUR  # every authorisation is made
    found = derive_position(payment, due, at)
    taken = (
        Capture(
            capture_id="LAST", payment_id=each.payment_id, amount_minor=each.to_capture_minor, captured_at=at
        )
        for each in found.payments
    )

    captured = derive_position(replace(payment, captures=(*payment.captures, *taken)), due, at)

    assert voids(captured) == voids(found)
