"""A payload that is no valid JSON is shown as it was sent, with the offending place marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.contract import Contract
from shared.contracts.dead_letter import DeadLetter
from shared.errors import ContractViolation
from shared.failed_messages.payload import mask_payload, unmask_payload
from shared.failed_messages.sent_payload import find_problem
from tests.unit.failed_messages.failed_messages import NOW


@pytest.mark.parametrize(
    ("data", "problem", "marked"),
    [
        (b'{"a":1,"a":2}', "line 1, column 8: duplicate key", '"a"'),
        ('{"ส":1,\n "ส": 2}'.encode(), "line 2, column 2: duplicate key", '"ส"'),
        (b'\xef\xbb\xbf{"a":1}', "line 1, column 1: byte order mark", "\\xef\\xbb\\xbf"),
        (b'{"a":1,\n "b": }', "line 2, column 7: expected value", "}"),
        (b'{"n": NaN}', "line 1, column 7: expected value", "N"),
        (b'{"a":1} x', "line 1, column 9: trailing characters", "x"),
        (b'{"a":"\xff"}', "line 1, column 7: invalid unicode code point", "\\xff"),
    ],
    ids=repr,
)
def test_the_offending_place_is_marked(data: bytes, problem: str, marked: str) -> None:
    """Line and column are those of the bytes; the rule names no value."""
    found = find_problem(data)

    assert found is not None
    assert (found.problem, found.marked) == (problem, marked)


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:ab1 \n', max_size=40).map(str.encode))
def test_what_a_contract_reads_as_json_has_no_problem(data: bytes) -> None:
    """Every payload that a contract refuses as JSON is shown as it was sent, and no other object is."""
    try:
        Contract.parse(data, {})
        refused = False
    except ContractViolation as error:
        refused = "JSON in UTF-8" in str(error)

    assert (find_problem(data) is not None) == refused


def test_only_an_unmasked_payload_shows_what_was_sent() -> None:
    """Masked, the place is named without the bytes around it."""
    dead_letter = DeadLetter(
        topic="order-create",
        subscription="order-create-sub",
        publish_time=NOW,
        attributes={},
        ordering_key="",
        data=b'{"customerId":"CUST-1","customerId":"CUST-2"}',
        delivery_attempts=5,
        failure_reason=None,
    )
    masked, unmasked = mask_payload(dead_letter), unmask_payload(dead_letter)

    assert masked.problem == unmasked.problem == "line 1, column 24: duplicate key"
    assert masked.sent is None
    assert unmasked.sent is not None
    assert unmasked.sent.before == '{"customerId":"CUST-1",'
    assert unmasked.sent.after == ':"CUST-2"}'
