import pytest
from msgspec.structs import replace

from shared.contracts.payment import PaymentAuthorization
from shared.domain.authorize_payment import PaymentAuthorized, authorize_payment
from shared.domain.decision import DUPLICATE
from shared.domain.order import OrderStatus
from shared.domain.order_position import order_position
from shared.domain.payment import PaymentStatus
from shared.domain.violations import CurrencyMismatch, ExpiryNotAfterAuthorization
from shared.errors import Conflict
from tests.examples import example
from tests.unit.domain.paying import AUTHORIZED_AT, NOW, authorization, new_order, paid


def test_the_example_of_the_requirements_is_authorised_with_an_event() -> None:
    """The message of requirements 5.1 becomes an authorisation of 1,333.98 and a `payment.authorized`."""
    command = PaymentAuthorization.parse(example("payment_authorized").payload, {}).to_command()

    decision = authorize_payment(new_order(), command, NOW)

    order = paid(new_order(), command)
    assert decision.changes == (order,)
    assert order_position(order).authorized_minor == 133398
    assert order.payment.currency == "THB"
    assert order_position(order).payment_status is PaymentStatus.AUTHORIZED
    assert decision.events == (
        PaymentAuthorized(
            ordering_key="CUST-123456",
            order_id="QC-2024-01-10-000001",
            occurred_at=command.authorized_at,
            payment_id="PAY-123456",
            authorization_id="AUTH-789",
            amount_minor=133398,
            currency="THB",
            authorized_at=command.authorized_at,
            expires_at=command.expires_at,
            payment_status=PaymentStatus.AUTHORIZED,
        ),
    )


def test_an_authorisation_is_in_the_order_s_history_at_its_own_time() -> None:
    """The history shows the authorisation when it happened, and the order is a version further."""
    order = paid(new_order(), authorization(1, 100))

    last = order.history[-1]
    assert (last.at, last.event, last.ref) == (AUTHORIZED_AT, "payment.authorized", "AUTH-1")
    assert order.version == new_order().version + 1
    assert order.updated_at == NOW


def test_authorisations_add_up() -> None:
    """A further authorisation adds to the first, as a substitution that costs more needs it."""
    order = paid(new_order(), authorization(1, 133398), authorization(2, 1500))

    assert order_position(order).authorized_minor == 134898


@pytest.mark.parametrize("status", OrderStatus)
def test_payments_are_accepted_in_every_status(status: OrderStatus) -> None:
    """An authorisation is a fact, whatever happened to the order meanwhile, and leaves its status alone."""
    assert paid(replace(new_order(), status=status), authorization(1, 100)).status is status


def test_another_currency_is_rejected() -> None:
    """`payment.currency_mismatch`: an order is paid in its own currency, from its first authorisation on."""
    with pytest.raises(CurrencyMismatch, match=r"^currency: ") as refused:
        paid(new_order(), authorization(1, 100, currency="USD"))
    assert refused.value.slug == "payment.currency_mismatch"


def test_the_first_authorisation_of_an_order_without_a_currency_brings_it() -> None:
    """An earlier release stored orders without one: later movements are compared with it."""
    order = new_order()
    stored = replace(order, payment=replace(order.payment, currency=None))

    assert paid(stored, authorization(1, 100, currency="USD")).payment.currency == "USD"


def test_an_authorisation_that_never_held_is_rejected() -> None:
    """`payment.expiry_not_after_authorization`: it must expire after it was made."""
    with pytest.raises(ExpiryNotAfterAuthorization, match=r"^expiresAt: ") as refused:
        paid(new_order(), authorization(1, 100, expires=AUTHORIZED_AT))
    assert refused.value.slug == "payment.expiry_not_after_authorization"


def test_an_authorisation_of_nothing_is_recorded() -> None:
    """A card that was only checked holds nothing, and is no error."""
    order = paid(new_order(), authorization(1, 0))

    assert len(order.payment.authorizations) == 1
    assert order_position(order).authorized_minor == 0


def test_one_id_of_two_payments_is_two_authorisations() -> None:
    """Payment services number on their own: AUTH-1 of PAY-2 is not AUTH-1 of PAY-1."""
    order = paid(new_order(), authorization(1, 100), authorization(1, 50, payment="PAY-2"))

    assert order_position(order).authorized_minor == 150


def test_an_authorisation_the_order_has_is_a_duplicate() -> None:
    """Its claim may have expired, or bear the key of an earlier release: it does not count twice."""
    order = paid(new_order(), authorization(1, 100))

    assert authorize_payment(order, authorization(1, 100), NOW) == DUPLICATE
    with pytest.raises(Conflict, match=r"^data: "):
        authorize_payment(order, authorization(1, 101), NOW)
