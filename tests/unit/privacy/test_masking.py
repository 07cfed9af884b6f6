"""Personal and unknown values are masked at any depth; harmless ones are shown."""

import json
from collections.abc import Callable
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.contract import Contract
from shared.contracts.order_create import OrderCreate
from shared.failed_messages.payload import diff_masked
from shared.privacy.field_kinds import PERSONAL_FIELDS, SHOWN_FIELDS
from shared.privacy.masking import MASK, format_json, mask_json
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
def test_personal_fields_are_masked_in_any_spelling(name: str, value: object) -> None:
    """A personal field is recognised by its name, at any depth and with any value."""
    shown = mask_json(json.dumps({"order": [{name: value, "sku": "S"}]}).encode())

    assert shown is not None
    assert json.loads(shown) == {"order": [{name: MASK, "sku": "S"}]}


def decomposed(value: object) -> str:
    """Write a value in another case, and with its accents apart."""
    return normalize("NFD", str(value).swapcase())


@pytest.mark.parametrize("personal", [1234567, "1234567", 1234567.5, "cust-77", " Caf\u00e9"])
@pytest.mark.parametrize("write", [str, lambda each: f"QC-{each}", decomposed])
def test_a_personal_value_is_masked_however_another_field_writes_it(
    personal: object, write: Callable[[object], str]
) -> None:
    """A broken message may have the customer's id as a number here, and in another case there."""
    data = json.dumps({"customerId": personal, "orderId": write(personal), "sku": "S"}).encode()
    number = json.dumps({"customerId": "1234567", "orderId": 1234567}).encode()

    assert json.loads(mask_json(data) or "") == {"customerId": MASK, "orderId": MASK, "sku": "S"}
    assert json.loads(mask_json(number) or "") == {"customerId": MASK, "orderId": MASK}
    assert json.loads(mask_json(b'{"orderId": 7777}', ordering_key="7777") or "") == {"orderId": MASK}
    assert json.loads(mask_json(b'{"quantity": 7}', ordering_key="7") or "") == {"quantity": 7}


@pytest.mark.parametrize("personal", ["12345.0", "1.2345e4", "12345.00", "12345", "12345000E-3"])
@pytest.mark.parametrize("written", ['"12345"', '"QC-12345"', "12345", "12345.0", '"12345.00"', "1.2345E4"])
def test_an_id_is_masked_however_its_number_is_written(personal: str, written: str) -> None:
    """A system without whole numbers writes an id as 12345.0; other numbers are shown."""
    data = f'{{"customerId": {personal}, "orderId": {written}, "amount": 99.5, "tax": 1e999}}'

    shown = mask_json(data.encode())

    assert shown is not None
    assert json.loads(shown.replace("1e999", "1")) == {
        "customerId": MASK,
        "orderId": MASK,
        "amount": 99.5,
        "tax": 1,
    }


@given(JSON)
def test_an_ordering_key_is_masked_in_any_field(payload: object) -> None:
    """A customer id in an unknown field is recognised because it is also the ordering key."""
    data = json.dumps({"buyer": SECRET, "more": payload, "list": [SECRET]}).encode()

    shown = mask_json(data, ordering_key=SECRET)

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
@pytest.mark.parametrize("distinct_masks", [False, True])
def test_unknown_fields_are_masked(payload: object, *, distinct_masks: bool) -> None:
    """A value is shown only in a harmless field, and only if no personal field has the same value."""
    shown = mask_json(json.dumps(payload).encode(), distinct_masks=distinct_masks)

    assert shown is not None
    assert SECRET not in shown


@pytest.mark.parametrize("number", [66812345678, 1234.5678])
def test_numbers_are_masked_like_texts(number: float) -> None:
    """A telephone number is masked in any unknown field."""
    shown = mask_json(json.dumps({"phone": number, "tel": [number], "orderId": number}).encode())

    assert shown is not None
    assert json.loads(shown) == {"phone": MASK, "tel": [MASK], "orderId": number}


def test_a_valid_order_is_shown_without_its_customer() -> None:
    """An operator sees ids, goods, money and times, and the names of masked fields."""
    given = messages.order()
    shown = mask_json(json.dumps({**given, "note": None, "giftWrap": True}).encode())

    assert shown is not None
    hidden = {"customerId": MASK, "t1MembershipId": MASK}
    assert json.loads(shown) == {**given, **hidden, "note": None, "giftWrap": True}


def test_shown_fields_are_fields_of_contracts() -> None:
    """Each shown field belongs to a contract, and is neither personal nor free text."""
    leaves = (Kind.OBJECT, Kind.LIST)
    fields = [each for contract in message_contracts() for each in fields_of(contract)]
    known = {_name(each) for each in fields if each.kind not in leaves}

    assert known >= SHOWN_FIELDS
    assert not SHOWN_FIELDS & (PERSONAL_FIELDS | {"reason", "requestedBy", "releasedBy", "trackingNumber"})


def _name(field: Field) -> str:
    return next(str(step) for step in reversed(field.path) if isinstance(step, str))


def test_any_number_of_personal_values_is_masked_in_other_fields() -> None:
    """Twenty thousand personal values are recognised in a field that is otherwise shown."""
    secrets = [f"CUST-{number:06}" for number in range(20_000)]
    data = json.dumps({"customerId": secrets, "serialNumbers": secrets}).encode()

    shown = mask_json(data)

    assert shown is not None
    assert json.loads(shown) == {"customerId": MASK, "serialNumbers": [MASK] * len(secrets)}


@given(JSON)
def test_an_unmasked_payload_is_complete(payload: object) -> None:
    """The unmasked text has every value of the payload."""
    shown = format_json(json.dumps(payload).encode())

    assert shown is not None
    assert json.loads(shown) == payload


@pytest.mark.parametrize(
    "number", ["599.990", "1e400", "0.1234567890123456789", "-0.0", "12345678901234567890"]
)
def test_numbers_keep_their_digits(number: str) -> None:
    """An amount is displayed without rounding."""
    shown = mask_json(f'{{"amount": {number}}}'.encode())

    assert shown is not None
    assert f'"amount": {number}' in shown


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"{'a': 1}"], ids=lambda data: data[:4]
)
def test_invalid_json_is_not_shown(data: bytes) -> None:
    """Personal values in invalid JSON cannot be recognised."""
    assert mask_json(data) is None
    assert format_json(data) is None


def test_a_difference_marks_a_changed_personal_value_without_showing_it() -> None:
    """Two customers have two masks; equal values have the same mask and show no change."""
    before = json.dumps({"customerId": SECRET, "sku": "A"}).encode()
    after = json.dumps({"customerId": "CUST-other", "sku": "B"}).encode()

    shown = diff_masked(before, after, ordering_key=SECRET)

    assert SECRET not in shown
    assert "CUST-other" not in shown
    assert shown.count('"customerId"') == 2
    assert '-  "sku": "A"' in shown
    assert '"customerId"' in diff_masked(before, before.replace(b'"A"', b'"B"'), ordering_key="")
    assert diff_masked(before, before, ordering_key=SECRET) == ""


def test_a_difference_hides_the_personal_values_of_both_versions() -> None:
    """An edit of the customer's id leaves the id in another field, where the edit alone would show it."""
    before = json.dumps({"customerId": SECRET, "orderId": f"QC-{SECRET}"}).encode()
    after = json.dumps({"customerId": "CUST-other", "orderId": f"QC-{SECRET}"}).encode()

    for shown in (diff_masked(before, after, ordering_key=""), diff_masked(after, before, ordering_key="")):
        assert "CUST" not in shown


def test_personal_fields_are_fields_of_contracts() -> None:
    """Each personal field is a field of the order contract, by its name on the wire."""
    assert issubclass(OrderCreate, Contract)
    assert {field.alias for field in OrderCreate.model_fields.values()} >= PERSONAL_FIELDS


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200f", "\x85", "\u2028"], ids=ascii)
def test_a_character_that_disguises_others_is_shown_escaped(character: str) -> None:
    """An operator sees the order of characters that a program reads; the JSON means the same."""
    payload = {"carrier": f"KER{character}YR", f"a{character}": 1}
    changed = payload | {"carrier": f"KER{character}Y"}
    data, after = json.dumps(payload).encode(), json.dumps(changed).encode()

    shown = [format_json(data), mask_json(data), diff_masked(data, after, ordering_key="")]

    assert not [text for text in shown if text is None or character in text]
    assert json.loads(str(shown[0])) == payload
    assert f"\\u{ord(character):04x}" in str(shown[0])
