from datetime import UTC, datetime, timedelta

from pages.formats import amount
from pages.position import ToDo, to_do
from shared.domain.payment import Authorization, Capture, Payment
from shared.domain.payment_position import derive_position

AT = datetime(2024, 1, 10, tzinfo=UTC)


def payment(method: str = "CC", *, held: int = 0, captured: int = 0) -> Payment:
    """Return a payment that holds an amount, and has captured another one."""
    hold = Authorization(
        authorization_id="AUTH-1",
        payment_id="PAY-1",
        amount_minor=held,
        authorized_at=AT,
        expires_at=AT + timedelta(days=7),
    )
    taken = Capture(capture_id="CAP-1", payment_id="PAY-1", amount_minor=captured, captured_at=AT)
    return Payment(method=method, amount_minor=100, authorizations=(hold,), captures=(taken,))


def left(paid: Payment, due: int) -> list[ToDo]:
    """List what is left to do for an amount due."""
    return list(to_do(derive_position(paid, due, AT)))


def test_what_is_left_to_do_names_payment_and_authorisation() -> None:
    """A person on call reads what to capture from where, what to void and what to refund."""
    assert left(payment(held=120), 100) == [
        ToDo("Capture", 100, "from PAY-1"),
        ToDo("Void", 20, "of AUTH-1"),
    ]
    assert left(payment(held=100, captured=100), 70) == [ToDo("Refund", 30, "to PAY-1")]
    assert left(payment(held=60), 100) == [ToDo("Capture", 60, "from PAY-1"), ToDo("Authorise", 40)]


def test_a_courier_collects_what_no_payment_holds() -> None:
    """An order that is paid on delivery has no payment yet."""
    assert left(payment("COD"), 100) == [ToDo("Collect", 100)]


def test_nothing_is_left_of_a_settled_order() -> None:
    """Captured in full: the list is empty."""
    assert left(payment(held=100, captured=100), 100) == []


def test_amounts_have_the_decimals_of_their_currency() -> None:
    """Baht have two decimals, yen none, dinars three."""
    assert [amount(1_234_567, decimals) for decimals in (2, 0, 3)] == ["12,345.67", "1,234,567", "1,234.567"]
