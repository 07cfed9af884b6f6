"""A field that is declared personal is encrypted, searchable and masked without further code."""

from datetime import UTC, datetime
from unittest import mock

from msgspec.structs import asdict, replace
from pydantic.alias_generators import to_camel

from shared.consumer import entity_documents as entities
from shared.contracts.order_create import OrderCreate
from shared.domain.decision import Event
from shared.domain.order import Order
from shared.domain.personal import Personal, personal_fields
from shared.domain.stock import Stock
from shared.privacy.encryption import Cipher
from shared.privacy.field_kinds import PERSONAL_FIELDS
from shared.privacy.keysets import new_keyset
from tests.messages import ORDER_CREATE
from tests.unit.contracts.contract_examples import example_of

CIPHER = Cipher(new_keyset())
PATH = "orders/1"
AT = datetime(2024, 1, 10, tzinfo=UTC)


class OrderWithPhone(Order):
    """An order with one more personal field."""

    phone: Personal


def order() -> Order:
    """Return the order of the example message."""
    given = example_of(OrderCreate)
    message = OrderCreate.parse(given.payload, given.attributes)
    (created,) = ORDER_CREATE.decide({}, message.to_command(), message.order_date).changes
    assert isinstance(created, Order)
    return created


def test_customer_and_membership_are_personal() -> None:
    """Both are declared personal, and masked by their names on the wire."""
    assert personal_fields(Order) == ("customer_id", "t1_membership_id")
    assert {"customerId", "t1MembershipId"} == PERSONAL_FIELDS


def test_a_field_that_is_declared_personal_is_encrypted() -> None:
    """One declaration is enough: the field is encrypted for its document, and a query finds it."""
    known = asdict(order())
    entity = OrderWithPhone(**known, phone="+66 81 234 5678")

    with mock.patch.dict(entities.ENTITY_TYPES, order=OrderWithPhone):
        stored, _ = entities.to_fields(entity, PATH, CIPHER)
        assert isinstance(stored["phone"], bytes)
        assert CIPHER.decrypt_text(stored["phone"], f"{PATH}#phone") == entity.phone
        assert CIPHER.encrypt_lookup(entity.phone, "orders#customerKeys") in stored["customerKeys"]
        assert entities.from_fields("order", dict(stored), PATH, CIPHER, None) == entity


def test_documents_are_found_by_their_customers() -> None:
    """An order has a lookup key for each personal value; stock has none."""
    stored, _ = entities.to_fields(order(), PATH, CIPHER)
    stock, _ = entities.to_fields(
        Stock(location_id="L", sku="S", on_hand=1, reserved=0, updated_at=AT), "stock/1", CIPHER
    )
    values = [getattr(order(), name) for name in personal_fields(Order)]

    assert stored["customerKeys"] == tuple(
        CIPHER.encrypt_lookup(each, "orders#customerKeys") for each in values
    )
    assert "customerKeys" not in stock


def test_an_event_names_a_customer_only_by_its_ordering_key() -> None:
    """A claim's events are found by their ordering keys, so no other field of an event may be personal."""
    kinds = events(Event)

    assert len(kinds) > 10
    assert {name for kind in kinds for name in personal_fields(kind)} <= {"ordering_key"}
    assert not [kind for kind in kinds if PERSONAL_FIELDS & set(map(to_camel, kind.__struct_fields__))]


def events(kind: type[Event]) -> list[type[Event]]:
    """Return all event types."""
    return [each for one in kind.__subclasses__() for each in (one, *events(one))]


def test_a_missing_membership_is_stored_as_none() -> None:
    """A personal field without a value is stored and read as None."""
    without = replace(order(), t1_membership_id=None)
    stored, _ = entities.to_fields(without, PATH, CIPHER)

    assert stored["t1MembershipId"] is None
    assert entities.from_fields("order", stored, PATH, CIPHER, None) == without


def test_the_representation_hides_personal_values() -> None:
    """The representation of an order may reach a log, so it contains no personal value."""
    personal = [getattr(order(), name) for name in personal_fields(Order)]

    assert not [value for value in personal if value in repr(order())]
