"""The customers of a message are found in all that is readable, and an unreadable rest is reported."""

import json

import pytest

from shared.privacy.data_subjects import (
    MAX_CUSTOMER_ID_LENGTH,
    MAX_SUBJECTS,
    UNKNOWN_SUBJECT,
    find_data_subjects,
)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"customerId": "C-1", "t1MembershipId": "T1-1"}, {"C-1", "T1-1"}),
        ({"order": [{"Customer_ID": "C-1"}]}, {"C-1"}),
        ({"customerId": {"id": "C-1", "no": 7}}, {"C-1", "7"}),
        ({"customerId": " C-1\n", "t1MembershipId": "Cafe\u0301"}, {"C-1", "Caf\u00e9"}),
        ({"orderId": "QC-1", "t1MembershipId": None}, set()),
        (["C-1"], set()),
    ],
)
def test_personal_fields_are_read_at_any_depth(data: object, named: set[str]) -> None:
    """Any spelling and nesting is recognised; other fields name no customer.

    White space around an id and decomposed characters do not count, as in the contracts.
    """
    assert find_data_subjects(json.dumps(data).encode()) == named


@pytest.mark.parametrize("number", ["12345", "12345.0", "1.2345e4", "12345.00"])
def test_a_customer_id_that_is_a_number_has_one_spelling(number: str) -> None:
    """An erasure of customer 12345 finds it, whatever a producer's system makes of numbers."""
    assert find_data_subjects(f'{{"customerId": {number}}}'.encode()) == {"12345"}
    assert find_data_subjects(b'{"customerId": "12345.0"}') == {"12345.0"}
    assert find_data_subjects(b'{"customerId": 12345678901234567890.0}') == {"12345678901234567890"}


def test_ordering_key_and_attributes_name_customers() -> None:
    """The ordering key counts as a customer id, and so does an attribute with a personal name."""
    assert find_data_subjects(b"{}", "C-1", {"source": "QC-SMF", "customerId": "C-2"}) == {"C-1", "C-2"}


@pytest.mark.parametrize(
    "data", [b"C-1, not JSON", b'{"customerId": "C-1', b"", b'{"customerId": "C-1", "customerId": "C-2"}']
)
def test_an_unreadable_payload_has_an_unknown_subject(data: bytes) -> None:
    """Invalid JSON or a duplicate key adds UNKNOWN_SUBJECT; the ordering key still counts."""
    assert find_data_subjects(data, "C-3") == {UNKNOWN_SUBJECT, "C-3"}


def test_too_many_or_too_long_ids_are_not_listed() -> None:
    """A document holds a limited number of customers, and an index limited lengths."""
    many = json.dumps([{"customerId": f"C-{each}"} for each in range(MAX_SUBJECTS + 1)]).encode()

    assert find_data_subjects(many) == {UNKNOWN_SUBJECT}
    assert find_data_subjects(
        json.dumps({"customerId": "C" * (MAX_CUSTOMER_ID_LENGTH + 1)}).encode(), "C-1"
    ) == {
        UNKNOWN_SUBJECT,
        "C-1",
    }
