"""What is or may be personal is hidden wherever it stands; what is known to be harmless is shown."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.contract import Contract
from shared.contracts.order_create import OrderCreate
from shared.failed_messages.payload import masked_difference
from shared.privacy.field_kinds import PERSONAL_FIELDS, SHOWN_FIELDS
from shared.privacy.masking import MASK, masked_json, readable_json
from tests import messages
from tests.unit.contracts.contract_fields import Field, Kind, fields_of, message_contracts

SECRET = "CUST-secret"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    "name", ["customerId", "t1MembershipId", "customer_id", "CUSTOMERID", "T1-membership-id"]
)
@pytest.mark.parametrize("value", [SECRET, 7, [SECRET], {"nested": SECRET}], ids=str)
def test_personal_fields_are_masked_however_they_are_spelt(name: str, value: object) -> None:
    """By name alone, anywhere in the payload, whatever their value."""
    shown = masked_json(json.dumps({"order": [{name: value, "sku": "S"}]}).encode())

    assert shown is not None
    assert json.loads(shown) == {"order": [{name: MASK, "sku": "S"}]}


@given(JSON)
def test_an_ordering_key_is_masked_wherever_it_stands(payload: object) -> None:
    """A customer's id under any other name is recognised by being the message's ordering key."""
    data = json.dumps({"buyer": SECRET, "more": payload, "list": [SECRET]}).encode()

    shown = masked_json(data, ordering_key=SECRET)

    assert shown is not None
    assert SECRET not in shown


@pytest.mark.parametrize(
    "payload",
    [
        {"buyer": SECRET},
        {"buyer": {"name": SECRET, "address": [{"street": SECRET}]}},
        {"lineItems": [SECRET]},
        {"lineItems": [{"sku": {"label": SECRET}}]},
        {"reason": SECRET, "requestedBy": SECRET, "trackingNumber": SECRET},
        {SECRET: 1},
        {"customerId": SECRET, "orderId": f"QC-{SECRET}-1"},
        {"customer": {"customer_id": [SECRET]}, SECRET: {"sku": SECRET}},
        {"orderId": SECRET * 20},
        [SECRET],
        SECRET,
    ],
    ids=str,
)
@pytest.mark.parametrize("tell_apart", [False, True])
def test_what_no_contract_knows_is_masked(payload: object, *, tell_apart: bool) -> None:
    """A value is shown only under a harmless name, and not there where it is personal elsewhere."""
    shown = masked_json(json.dumps(payload).encode(), tell_apart=tell_apart)

    assert shown is not None
    assert SECRET not in shown


@pytest.mark.parametrize("number", [66812345678, 1234.5678])
def test_numbers_are_masked_like_texts(number: float) -> None:
    """A telephone number is one, whatever it is called."""
    shown = masked_json(json.dumps({"phone": number, "tel": [number], "orderId": number}).encode())

    assert shown is not None
    assert json.loads(shown) == {"phone": MASK, "tel": [MASK], "orderId": number}


def test_an_order_as_its_contract_has_it_is_shown_but_for_its_customer() -> None:
    """Who is on call sees ids, goods, money and times, and the names of what they do not see."""
    given = messages.order()
    shown = masked_json(json.dumps({**given, "note": None, "giftWrap": True}).encode())

    assert shown is not None
    hidden = {"customerId": MASK, "t1MembershipId": MASK}
    assert json.loads(shown) == {**given, **hidden, "note": None, "giftWrap": True}


def test_what_is_shown_is_known() -> None:
    """Each shown field is a contract's, and neither personal nor free words."""
    leaves = (Kind.OBJECT, Kind.LIST)
    fields = [each for contract in message_contracts() for each in fields_of(contract)]
    known = {_name(each) for each in fields if each.kind not in leaves}

    assert known >= SHOWN_FIELDS
    assert not SHOWN_FIELDS & (PERSONAL_FIELDS | {"reason", "requestedBy", "releasedBy", "trackingNumber"})


def _name(field: Field) -> str:
    return next(str(step) for step in reversed(field.path) if isinstance(step, str))


def test_personal_values_are_masked_elsewhere_however_many_they_are() -> None:
    """Twenty thousand of them are recognised under a name that is shown otherwise."""
    secrets = [f"CUST-{number:06}" for number in range(20_000)]
    data = json.dumps({"customerId": secrets, "serialNumbers": secrets}).encode()

    shown = masked_json(data)

    assert shown is not None
    assert json.loads(shown) == {"customerId": MASK, "serialNumbers": [MASK] * len(secrets)}


@given(JSON)
def test_an_unmasked_payload_is_shown_as_it_is(payload: object) -> None:
    """Reading a payload loses nothing of it."""
    shown = readable_json(json.dumps(payload).encode())

    assert shown is not None
    assert json.loads(shown) == payload


@pytest.mark.parametrize(
    "number", ["599.990", "1e400", "0.1234567890123456789", "-0.0", "12345678901234567890"]
)
def test_numbers_keep_the_digits_they_came_with(number: str) -> None:
    """An amount is not rounded by being looked at."""
    shown = masked_json(f'{{"amount": {number}}}'.encode())

    assert shown is not None
    assert f'"amount": {number}' in shown


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"{'a': 1}"], ids=lambda data: data[:4]
)
def test_what_is_no_json_is_not_shown(data: bytes) -> None:
    """Nobody can say what in it is personal."""
    assert masked_json(data) is None
    assert readable_json(data) is None


def test_a_difference_shows_that_a_personal_value_changed_but_not_what_it_is() -> None:
    """Two customers have two masks; equal ones have the same, and do not show as a change."""
    before = json.dumps({"customerId": SECRET, "sku": "A"}).encode()
    after = json.dumps({"customerId": "CUST-other", "sku": "B"}).encode()

    shown = masked_difference(before, after, ordering_key=SECRET)

    assert SECRET not in shown
    assert "CUST-other" not in shown
    assert shown.count('"customerId"') == 2
    assert '-  "sku": "A"' in shown
    assert '"customerId"' in masked_difference(before, before.replace(b'"A"', b'"B"'), ordering_key="")
    assert masked_difference(before, before, ordering_key=SECRET) == ""


def test_the_personal_fields_are_those_of_the_contracts() -> None:
    """Each is a field of a contract, by its name on the wire."""
    assert issubclass(OrderCreate, Contract)
    assert {field.alias for field in OrderCreate.model_fields.values()} >= PERSONAL_FIELDS
