"""Whom a message speaks of is read from whatever can be read of it; where that is not all, it says so."""

import json

import pytest

from shared.privacy.data_subjects import MAX_LENGTH, MAX_SUBJECTS, UNKNOWN_SUBJECT, find_data_subjects


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"customerId": "C-1", "t1MembershipId": "T1-1"}, {"C-1", "T1-1"}),
        ({"order": [{"Customer_ID": "C-1"}]}, {"C-1"}),
        ({"customerId": {"id": "C-1", "no": 7}}, {"C-1", "7"}),
        ({"orderId": "QC-1", "t1MembershipId": None}, set()),
        (["C-1"], set()),
    ],
)
def test_personal_fields_are_read_wherever_they_stand(data: object, named: set[str]) -> None:
    """However they are spelt and nested; nothing else names anybody."""
    assert find_data_subjects(json.dumps(data).encode()) == named


def test_ordering_key_and_attributes_name_customers() -> None:
    """The ordering key is a customer's id; an attribute is, where it is called so."""
    assert find_data_subjects(b"{}", "C-1", {"source": "QC-SMF", "customerId": "C-2"}) == {"C-1", "C-2"}


@pytest.mark.parametrize(
    "data", [b"C-1, not JSON", b'{"customerId": "C-1', b"", b'{"customerId": "C-1", "customerId": "C-2"}']
)
def test_what_cannot_be_read_may_speak_of_anybody(data: bytes) -> None:
    """What is no JSON, or says a thing twice, has to be looked at; its ordering key still names somebody."""
    assert find_data_subjects(data, "C-3") == {UNKNOWN_SUBJECT, "C-3"}


def test_a_crowd_is_not_named_one_by_one() -> None:
    """A document has room for some names, and an index for short ones."""
    crowd = json.dumps([{"customerId": f"C-{each}"} for each in range(MAX_SUBJECTS + 1)]).encode()

    assert find_data_subjects(crowd) == {UNKNOWN_SUBJECT}
    assert find_data_subjects(json.dumps({"customerId": "C" * (MAX_LENGTH + 1)}).encode(), "C-1") == {
        UNKNOWN_SUBJECT,
        "C-1",
    }
