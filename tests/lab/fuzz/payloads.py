"""Strategies for payloads, derived from the contracts: valid ones, and ones with arbitrary values."""

import json
from typing import Any

from hypothesis import strategies as st

from shared.contracts.contract import Contract
from tests.unit.contracts.contract_fields import Field, Kind, fields_of, message_contracts

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
JSON = st.recursive(
    SCALARS,
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=12), values, max_size=4),
    max_leaves=12,
)
TRICKY = st.sampled_from(
    [
        *("1e400", "-0.0", "0e999999999", "9" * 400, "0." + "1" * 400, "NaN", "Infinity", '"\\ud800"'),
        *('"\\u202e"', '"\\u0000"', '"__x__"', '".."', '"a/b"', '"' + "ก" * 600 + '"', "[" * 300 + "]" * 300),
        *('"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"2024-01-10T10:00:00Z"'),
    ]
)
PLACEHOLDER = "\N{WHITE SQUARE}"
MEMBERS = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ_", min_size=1, max_size=20)

KINDS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: st.text(min_size=1, max_size=130),
    Kind.INTEGER: st.integers(-2, 10**7) | st.decimals(0, 10**6, places=2).map(float),
    Kind.PERCENTAGE: st.floats(-100, 100),
    Kind.AMOUNT: st.decimals(-1, 10**6, places=2).map(float),
    Kind.FLAG: st.booleans(),
    Kind.MEMBER: MEMBERS,
    Kind.MOMENT: st.datetimes().map(lambda at: at.isoformat() + "Z"),
}
"""Values of the right type; most of them follow their rules."""

CONTRACTS = st.sampled_from(message_contracts())


@st.composite
def payloads(draw: st.DrawFn, contract: type[Contract]) -> bytes:
    """Draw a payload of the contract, with up to three fields replaced by arbitrary values."""
    written = json.dumps(_build(draw, fields_of(contract), ()))
    for _ in range(draw(st.integers(0, 3))):
        field = draw(st.sampled_from(fields_of(contract)))
        written = _replace_field(written, field, draw(TRICKY | JSON.map(json.dumps)))
    return written.encode(errors="surrogatepass")


def _build(draw: st.DrawFn, fields: list[Field], under: tuple[str | int, ...]) -> Any:
    depth = len(under)
    built = {}
    for field in fields:
        if field.attribute or field.path[:depth] != under or len(field.path) != depth + 1:
            continue
        if field.required or draw(st.booleans()):
            built[field.path[-1]] = _value(draw, fields, field)
    return built


def _value(draw: st.DrawFn, fields: list[Field], field: Field) -> Any:
    if field.kind is Kind.LIST:
        item = next(each for each in fields if each.path == (*field.path, 0))
        return [_value(draw, fields, item) for _ in range(draw(st.integers(1, 3)))]
    if field.kind is Kind.OBJECT:
        return _build(draw, fields, field.path)
    return draw(KINDS[field.kind])


def _replace_field(written: str, field: Field, value: str) -> str:
    try:
        data = json.loads(written)
        parent = data
        for step in field.path[:-1]:
            parent = parent[step]
        parent[field.path[-1]] = PLACEHOLDER
    except (ValueError, TypeError, LookupError):  # an earlier replacement removed the field
        return written
    return json.dumps(data).replace(json.dumps(PLACEHOLDER), value)
