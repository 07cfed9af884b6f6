"""The published schemas are what the code accepts and publishes, and valid by the official meta-schemas."""

import gzip
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker

from shared.contracts.published import read_asyncapi
from tests.examples import FOLDER
from tests.lab.contracts.catalogue import Direction, Message, messages
from tests.lab.contracts.documents import SUPPLIED
from tests.lab.contracts.examples import FIXTURES, example_of
from tests.lab.contracts.files import ASYNCAPI, PUBLISHED, generate, stored
from tests.lab.contracts.payload_schema import UnknownValidator, payload_schema
from tests.unit.contracts.contract_examples import example_of as contract_example
from tests.unit.contracts.contract_faults import Fault, faults_of, spoilt
from tests.unit.contracts.contract_fields import Kind, fields_of, message_contracts

MESSAGES = messages()
FILES = stored(PUBLISHED)
META_SCHEMA = FOLDER / "asyncapi" / "meta_schema_3.0.0.json.gz"

NOT_EXPRESSED = {"too many decimals", "without offset", "Reservation-items-empty"}
"""Faults that a schema does not name: floats make `multipleOf` unreliable, `format` is advice."""


def schema_file(message: Message) -> dict[str, Any]:
    """Return a message's published schema."""
    document: dict[str, Any] = json.loads(FILES[Path(message.direction, f"{message.name}.json")])
    return document


def incoming() -> list[Message]:
    """Return one message for each contract."""
    by_contract = {each.kind: each for each in MESSAGES if each.direction is Direction.INCOMING}
    return [*by_contract.values()]


FAULTS = [
    pytest.param(message, fault, id=str(fault))
    for message in incoming()
    for field in fields_of(message.kind)
    if not field.attribute
    for fault in faults_of(field)
    if fault.name not in NOT_EXPRESSED
    and str(fault) not in NOT_EXPRESSED
    and not (field.kind is Kind.MOMENT and "not moment" in fault.name)
]


def leaves(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the schemas of all fields, at any depth."""
    found = []
    for field in schema.get("properties", {}).values():
        found += [field, *leaves(field), *leaves(field.get("items", {}))]
    return found


def test_the_files_are_what_the_code_says() -> None:
    """A change of a contract, an event or the topology needs `make contracts`."""
    assert generate() == FILES, "run make contracts"


def test_every_contract_and_every_event_is_published() -> None:
    """Nothing that is consumed or published is missing."""
    assert {each.kind for each in MESSAGES if each.direction is Direction.INCOMING} == set(
        message_contracts()
    )
    assert set(FIXTURES) == set(message_contracts())


def test_the_asyncapi_document_is_valid() -> None:
    """The official meta-schema of AsyncAPI 3.0.0 accepts it, bindings included."""
    meta = json.loads(gzip.decompress(META_SCHEMA.read_bytes()))

    assert [each.message for each in Draft7Validator(meta).iter_errors(read_asyncapi())] == []
    assert read_asyncapi() == json.loads(FILES[ASYNCAPI])


@pytest.mark.parametrize("path", sorted(FILES.keys() - {ASYNCAPI}), ids=str)
def test_a_schema_is_valid_and_so_is_its_example(path: Path) -> None:
    """The meta-schema of 2020-12 accepts the schema, and the schema accepts its example."""
    schema = json.loads(FILES[path])

    Draft202012Validator.check_schema(schema)
    checker = Draft202012Validator(schema, format_checker=FormatChecker())
    assert [each.message for each in checker.iter_errors(schema["examples"][0])] == []
    assert {"title", "description", "x-version"} <= schema.keys()


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: each.name)
def test_every_field_has_a_title_and_numbers_have_a_unit(message: Message) -> None:
    """A reader needs no source code to know what a number counts."""
    counters = {"lineNumber", "lineNumbers", "part", "orderVersion", "lineCount", "retries", "answer"}
    for path in leaves(schema_file(message)):
        assert path["title"]
    for name, field in schema_file(message)["properties"].items():
        if field["type"] in ("integer", "number") and name not in counters:
            assert field["x-unit"], name


@pytest.mark.parametrize(("message", "fault"), FAULTS)
def test_a_schema_refuses_what_its_contract_refuses(message: Message, fault: Fault) -> None:
    """A producer who checks by the schema finds the same faults as the function."""
    payload, _ = spoilt(contract_example(message.kind), fault)
    data = json.loads(payload, parse_float=Decimal)

    assert not Draft202012Validator(schema_file(message)).is_valid(data)


@pytest.mark.parametrize("message", incoming(), ids=lambda each: each.name)
def test_what_the_functions_fill_in_is_in_no_schema(message: Message) -> None:
    """Producers do not send the time of publication or the shop's currency."""
    written = FILES[Path(message.direction, f"{message.name}.json")]
    assert not [name for name in SUPPLIED if f'"{name}"' in written]


@pytest.mark.parametrize("message", incoming(), ids=lambda each: each.name)
def test_a_message_written_from_the_published_example_is_accepted(message: Message) -> None:
    """The example on the page passes the contract, with its attributes."""
    given = example_of(message)
    supplied = {
        "waitingSince": "2024-01-13T15:00:00Z",
        "shopCurrency": "THB",
        "timestamp": "2024-01-10T15:00:00Z",
    }

    message.kind.parse(given.payload, {**supplied, **given.attributes})


def test_a_validator_without_a_description_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A contract cannot get a rule that its schema does not mention."""
    monkeypatch.setattr("tests.lab.contracts.payload_schema.VALIDATORS", {})

    with pytest.raises(UnknownValidator, match=r"^shared\.contracts\."):
        payload_schema(MESSAGES[0].kind)
