"""What holds for every contract, field by field; the fields are found in the models."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.contracts.contract import Contract
from shared.contracts.time_types import MAX_VALIDITY, Publication
from shared.errors import ContractViolation
from tests.examples import SUPPLIED
from tests.lab.contracts.examples import FIXTURES
from tests.unit.contracts.contract_examples import example_of, violation
from tests.unit.contracts.contract_faults import SECRET, Fault, faults_of, spoilt
from tests.unit.contracts.contract_fields import Field, Kind, fields_of, message_contracts, objects_of

FIELDS = [field for contract in FIXTURES for field in fields_of(contract)]
NUMERIC = {Kind.INTEGER, Kind.PERCENTAGE, Kind.AMOUNT}
NUMBERS = [field for field in FIELDS if field.kind in NUMERIC and not field.attribute]
MOMENTS = [field for field in FIELDS if field.kind is Kind.MOMENT and field.name not in SUPPLIED]
PUBLISHED = datetime(2024, 1, 10, 16, tzinfo=UTC)
WORDS = {"InventoryUpdate.reason", "PaymentRefund.reason"}
"""Fields with words for people, which do not make another message."""

TEXTS = [field for field in FIELDS if field.kind is Kind.TEXT and field.name not in SUPPLIED]
FAULTS = [fault for field in FIELDS for fault in faults_of(field)]
NOT_JSON = {
    "nothing": b"",
    "text that is no JSON": SECRET.encode() + b" is not JSON",
    "an array": f"[{SECRET}]".encode(),
    "a string": f'"{SECRET}"'.encode(),
    "a number": SECRET.encode(),
    "null": b"null",
    "UTF-16": json.dumps({"orderId": SECRET}).encode("utf-16"),
    "bytes that are no UTF-8": b'{"orderId": "918273645\xff"}',
    "half a surrogate pair": rb'{"orderId": "918273645\ud800"}',
    "10,000 arrays in one another": b'{"orderId": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "10,000 objects in one another": b'{"orderId":' * 10_000 + SECRET.encode() + b"}" * 10_000,
    "an integer of 1,000,000 digits": b'{"orderId": ' + b"9" * 1_000_000 + b"}",
    "an exponent of 1,000,000 digits": b'{"orderId": 1e' + b"9" * 1_000_000 + b"}",
}


def named(field: Field) -> str:
    """Name a field with its contract."""
    return f"{field.contract.__name__}-{field.name}"


def test_every_contract_has_an_example() -> None:
    """The tests of this module are for every contract, so a new one needs an example."""
    assert set(FIXTURES) == set(message_contracts())


@pytest.mark.parametrize("contract", FIXTURES)
def test_the_example_is_valid(contract: type[Contract]) -> None:
    """Each example passes its contract, and says the same when it is read again."""
    given = example_of(contract)

    read = [contract.parse(given.payload, given.attributes) for _ in range(2)]

    assert read[0] == read[1]
    assert read[0].fingerprint() == read[1].fingerprint()


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_is_rejected_by_the_name_of_its_field(fault: Fault) -> None:
    """A field that is missing, mistyped, negative, too precise, unknown or naive is named, not shown."""
    payload, attributes = spoilt(example_of(fault.field.contract), fault)

    assert violation(fault.field.contract, payload, attributes).startswith(f"{fault.field.name}: ")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("field", NUMBERS, ids=named)
def test_what_is_no_number_in_json_is_rejected(field: Field, value: str) -> None:
    """NaN and Infinity are no JSON, so the payload is refused before its fields have names."""
    payload, attributes = spoilt(example_of(field.contract), Fault(field, value, value))

    assert violation(field.contract, payload, attributes).startswith("data: must be JSON")


@pytest.mark.parametrize("field", NUMBERS, ids=named)
def test_a_million_digits_are_rejected(field: Field) -> None:
    """An endless integer is refused, as is an endless fraction where decimals are counted."""
    given = example_of(field.contract)
    nines = "9" * 1_000_000

    violation(field.contract, *spoilt(given, Fault(field, "integer", nines)))
    if field.kind is Kind.INTEGER:
        text = violation(field.contract, *spoilt(given, Fault(field, "fraction", f"0.{nines}")))
        assert text.startswith(f"{field.name}: ")


@pytest.mark.parametrize("payload", NOT_JSON.values(), ids=NOT_JSON)
@pytest.mark.parametrize("contract", FIXTURES)
def test_what_is_no_json_object_is_rejected(contract: type[Contract], payload: bytes) -> None:
    """A payload that cannot be read is refused as a whole; the error contains nothing of it."""
    assert violation(contract, payload, example_of(contract).attributes).startswith("data: must be")


@pytest.mark.parametrize("contract", FIXTURES)
def test_a_key_twice_is_rejected(contract: type[Contract]) -> None:
    """A payload with two values for one key is rejected, at any depth."""
    given = example_of(contract)
    for path in objects_of(contract):
        part: Any = given.data
        for step in path:
            part = part[step]
        name = next(iter(part))
        once = f'"{name}": {json.dumps(part[name])}'
        payload = given.payload.replace(once.encode(), f"{once}, {once}".encode())

        assert violation(contract, payload, given.attributes).startswith("data: must be JSON")


@pytest.mark.parametrize("contract", FIXTURES)
def test_what_producers_add_is_accepted_and_changes_nothing(contract: type[Contract]) -> None:
    """Unknown fields, at any depth, unknown attributes and another way of writing leave the fingerprint."""
    given = example_of(contract)
    before = contract.parse(given.payload, given.attributes)
    richer = json.loads(given.payload)
    for path in objects_of(contract):
        part = richer
        for step in path:
            part = part[step]
        part |= {"addedLater": {"nested": [1, 2.5, None]}}
    payload = json.dumps(richer, indent=2, sort_keys=True).encode()

    after = contract.parse(payload, {**given.attributes, "addedLater": "yes"})

    assert after == before
    assert after.fingerprint() == before.fingerprint()


@pytest.mark.parametrize("field", TEXTS, ids=named)
def test_another_content_has_another_fingerprint(field: Field) -> None:
    """Every fact of a message counts; words for people do not."""
    given = example_of(field.contract)
    text = '"USD"' if field.name.endswith("currency") else '"XXX"'
    other = field.contract.parse(*spoilt(given, Fault(field, "other", text)))
    same = other.fingerprint() == field.contract.parse(given.payload, given.attributes).fingerprint()

    assert same is (f"{field.contract.__name__}.{field.name}" in WORDS)


def latest(field: Field) -> datetime:
    """Return the latest time a field may state: an expiry lies ahead, what happened does not."""
    return PUBLISHED + (MAX_VALIDITY if field.name == "expiresAt" else timedelta(days=1))


@pytest.mark.parametrize("field", MOMENTS, ids=named)
def test_a_time_far_ahead_of_publication_is_rejected(field: Field) -> None:
    """A year of another calendar would win over every real fact: every time has an upper bound."""
    given = example_of(field.contract)
    publication = Publication(PUBLISHED, timedelta(days=1))
    last, beyond = latest(field), latest(field) + timedelta(microseconds=1)

    field.contract.parse(*spoilt(given, Fault(field, "last", f'"{last.isoformat()}"')), publication)
    for late in (beyond, last.replace(year=2567), datetime.max.replace(tzinfo=UTC)):
        payload, attributes = spoilt(given, Fault(field, "late", f'"{late.isoformat()}"'))
        with pytest.raises(ContractViolation, match=f"^{field.name}: must be at most .* after publication$"):
            field.contract.parse(payload, attributes, publication)


@pytest.mark.parametrize("field", TEXTS, ids=named)
def test_white_space_around_a_text_is_no_other_content(field: Field) -> None:
    """A trailing blank refuses no message and makes no other one, in whatever field it stands."""
    given = example_of(field.contract)
    text = "USD" if field.name.endswith("currency") else "CAF\u00c9"
    decomposed = "USD \n" if field.name.endswith("currency") else "\u00a0CAFE\u0301 "
    written, plain = (
        field.contract.parse(*spoilt(given, Fault(field, "text", json.dumps(each))))
        for each in (decomposed, text)
    )

    assert written == plain
    assert written.fingerprint() == plain.fingerprint()


@pytest.mark.parametrize("field", [each for each in NUMBERS if each.kind is Kind.INTEGER], ids=named)
def test_every_integer_is_read_in_any_notation(field: Field) -> None:
    """1.0 and 1e0 are 1, in whatever field they stand."""
    given = example_of(field.contract)
    plain = field.contract.parse(*spoilt(given, Fault(field, "plain", "1")))

    for notation in ("1.0", "1e0"):
        written = field.contract.parse(*spoilt(given, Fault(field, notation, notation)))
        assert written.fingerprint() == plain.fingerprint()
