"""What can be wrong with a field, written as JSON."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from annotated_types import Gt

from tests.examples import Example
from tests.unit.contracts.contract_fields import Field, Kind

SECRET = "918273645"
"""Stands for a value that no error may contain; no rule mentions it."""

NAIVE = "2024-01-10T10:00:00"
PLACE = "\N{WHITE SQUARE}"

WRONG_TYPES = {
    Kind.TEXT: [SECRET, "true", f'["{SECRET}"]'],
    Kind.INTEGER: [f'"{SECRET}"', "true", f"[{SECRET}]", '"NaN"', "{}"],
    Kind.AMOUNT: [f'"{SECRET}"', "true", f"[{SECRET}]"],
    Kind.PERCENTAGE: [f'"{SECRET}"', "true", f"[{SECRET}]"],
    Kind.FLAG: [f'"{SECRET}"', "1", '"true"'],
    Kind.MEMBER: [SECRET, f'["{SECRET}"]', "true"],
    Kind.MOMENT: [SECRET, f'"{SECRET}"', '"1704880800"', "true", f'"{SECRET}-01-10T10:00:00Z"'],
    Kind.LIST: [f'"{SECRET}"', SECRET, f'{{"0": "{SECRET}"}}'],
    Kind.OBJECT: [f'"{SECRET}"', SECRET, f'["{SECRET}"]'],
}


def _is_optional_reason(field: Field) -> bool:
    return field.nullable and field.path[-1] == "reason"


BROKEN_RULES: tuple[tuple[str, str, Callable[[Field], bool]], ...] = (
    ("null", "null", lambda field: not field.nullable),
    ("too many decimals", "918.27364", lambda field: field.kind in {Kind.INTEGER, Kind.AMOUNT}),
    ("beyond all digits", "1e400", lambda field: field.kind in {Kind.INTEGER, Kind.PERCENTAGE, Kind.AMOUNT}),
    ("wrong sign", f"-{SECRET}", lambda field: field.lower is not None),
    ("zero", "0", lambda field: isinstance(field.lower, Gt)),
    # An attribute of an enumeration is advice: every spelling of it is accepted.
    ("unknown member", f'"{SECRET}"', lambda field: field.kind is Kind.MEMBER and not field.attribute),
    ("without offset", f'"{NAIVE}"', lambda field: field.kind is Kind.MOMENT),
    # A reason that may be missing may be blank: no fact is refused for its words.
    ("blank", '" "', lambda field: field.kind is Kind.TEXT and not _is_optional_reason(field)),
    ("empty", "[]", lambda field: field.kind is Kind.LIST and field.required),
)


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one field.

    Attributes:
        value: the JSON in place of the field's value; None leaves the field out.
    """

    field: Field
    name: str
    value: str | None

    def __str__(self) -> str:
        """Name the fault for people."""
        return f"{self.field.contract.__name__}-{self.field.name}-{self.name}"


def faults_of(field: Field) -> Iterator[Fault]:
    """List what can be wrong with a field; attributes are always text, so less can be wrong with them."""
    if field.required:
        yield Fault(field, "missing", None)
    for name, value in _values(field):
        if not field.attribute or value.startswith('"'):
            yield Fault(field, name, value)


def spoilt(example: Example, fault: Fault) -> tuple[bytes, dict[str, str]]:
    """Write the example with the fault in it: the payload, and the attributes."""
    if fault.field.attribute:
        return example.payload, _with_attribute(example.attributes, str(fault.field.path[0]), fault.value)
    data = json.loads(example.payload)
    parent: Any = data
    for step in fault.field.path[:-1]:
        parent = parent[step]
    if fault.value is None:
        del parent[fault.field.path[-1]]
        return json.dumps(data).encode(), example.attributes
    parent[fault.field.path[-1]] = PLACE
    return json.dumps(data).replace(json.dumps(PLACE), fault.value).encode(), example.attributes


def _with_attribute(attributes: dict[str, str], name: str, value: str | None) -> dict[str, str]:
    others = {each: attributes[each] for each in attributes if each != name}
    return others if value is None else {**others, name: json.loads(value)}


def _values(field: Field) -> Iterator[tuple[str, str]]:
    yield from ((f"not {field.kind.value}: {value}", value) for value in WRONG_TYPES[field.kind])
    yield from ((name, value) for name, value, applies in BROKEN_RULES if applies(field))
