"""A field that is declared personal is sealed and masked, and nothing else has to be said."""

from unittest import mock

from msgspec.structs import asdict, replace

from shared.adapters.cipher import Cipher, new_keyset
from shared.adapters.firestore import entities
from shared.domain.order import Order
from shared.domain.personal import Personal, personal_fields
from shared.messages.order_create import OrderCreate
from shared.messages.personal import PERSONAL_FIELDS
from tests.messages import ORDER_CREATE
from tests.unit.test_contracts import example_of

CIPHER = Cipher(new_keyset())
PATH = "orders/1"


class OrderWithPhone(Order):
    """An order that keeps one more thing of its customer."""

    phone: Personal


def order() -> Order:
    """Return the order of the example."""
    message = OrderCreate.parse(example_of(OrderCreate).payload, {})
    (created,) = ORDER_CREATE.decide({}, message.to_command(), message.order_date).changes
    assert isinstance(created, Order)
    return created


def test_who_ordered_is_personal() -> None:
    """Customer and membership are declared, and masked under the names they have on the wire."""
    assert personal_fields(Order) == ("customer_id", "t1_membership_id")
    assert {"customerId", "t1MembershipId"} == PERSONAL_FIELDS


def test_a_field_that_is_declared_personal_is_sealed() -> None:
    """One more declaration is all it takes: the document holds ciphertext, which opens at its own place."""
    known = asdict(order())
    entity = OrderWithPhone(**known, phone="+66 81 234 5678")

    with mock.patch.dict(entities.KINDS, order=OrderWithPhone):
        stored, _ = entities.to_fields(entity, PATH, CIPHER)
        assert isinstance(stored["phone"], bytes)
        assert CIPHER.open_text(stored["phone"], f"{PATH}#phone") == entity.phone
        assert entities.from_fields("order", dict(stored), PATH, CIPHER, None) == entity


def test_no_membership_is_no_secret() -> None:
    """What is not there is stored as nothing, and read as nothing."""
    without = replace(order(), t1_membership_id=None)
    stored, _ = entities.to_fields(without, PATH, CIPHER)

    assert stored["t1MembershipId"] is None
    assert entities.from_fields("order", stored, PATH, CIPHER, None) == without


def test_what_is_personal_is_not_shown() -> None:
    """A representation that ends in a log by accident holds nothing personal."""
    personal = [getattr(order(), name) for name in personal_fields(Order)]

    assert not [value for value in personal if value in repr(order())]
