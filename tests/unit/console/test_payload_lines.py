"""A broken rule is shown with the line of its field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages import payload_lines
from pages.payload_lines import Path, find_broken_rules, find_offsets, line_number

TEXT = """{
  "orderId": "QC-1",
  "lineItems": [
    {"lineNumber": 1,
     "quantity": 2},
    {"lineNumber": 2, "note": "a, b: {c}",
     "quantity": -1}
  ],
  "totals": {
    "total": 5
  }
}"""


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        (("orderId",), 2),
        (("lineItems", 1, "quantity"), 7),
        (("totals", "total"), 10),
        (("totals", "tax"), 9),
        (("payment", "amount"), None),
        (("lineItems", 7), 3),
    ],
)
def test_a_field_has_its_line(steps: Path, line: int | None) -> None:
    """A missing field has the line of the object it is missing from."""
    (offset,) = find_offsets(TEXT, [steps])
    assert (None if offset is None else line_number(TEXT, offset)) == line


def test_a_text_is_read_once_for_all_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """A payload of 10 MB with twenty violated rules takes the time of one."""
    reads = []

    def read(text: str) -> Any:
        reads.append(text)
        return read_values(text)

    read_values = payload_lines._iter_values
    monkeypatch.setattr(payload_lines, "_iter_values", read)
    find_broken_rules(TEXT, "; ".join(f"totals.{number}: is unknown" for number in range(20)))
    assert reads == [TEXT]


def test_each_rule_is_shown_with_its_line() -> None:
    """The rules of a failure reason's detail are found one by one."""
    found = find_broken_rules(
        TEXT, "lineItems.1.quantity: must be above 0; totals.tax: is missing; other: rule"
    )
    assert [(each.line, each.excerpt) for each in found] == [
        (7, '"quantity": -1}'),
        (9, '"totals": {'),
        (None, ""),
    ]


def test_broken_json_has_the_line_of_its_fault() -> None:
    """What cannot be parsed is shown where parsing stopped."""
    (rule,) = find_broken_rules('{\n  "a": 1,\n  "b" 2\n}', "payload: is not JSON")
    assert (rule.line, rule.excerpt) == (3, '"b" 2')


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON, indented=st.booleans())
def test_every_value_is_found_in_any_layout(*, value: Any, indented: bool) -> None:
    """Each path of a document leads to a line, and in one line of text to that line."""
    text = json.dumps(value, indent=2 if indented else None, ensure_ascii=False)
    for offset in find_offsets(text, [steps for steps in paths(value) if steps]):
        assert offset is not None
        assert line_number(text, offset) == 1 if not indented else line_number(text, offset) > 1


def paths(value: Any) -> list[Path]:
    """Return the path of every value in a document."""
    if isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    else:
        return [()]
    return [(), *((step, *below) for step, each in members for below in paths(each))]
