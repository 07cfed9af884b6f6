"""What the form of a bulk operation confirms."""

import pytest
from pydantic import ValidationError

from pages.bulk_operations import StartForm
from shared.failed_messages.bulk_operation import BulkAction

MESSAGE_ID = "0" * 32


@pytest.mark.parametrize(
    ("typed", "confirmed"),
    [("20", 20), (" 20 ", 20), ("", -1), ("twenty", -1), ("-1", -1), ("1.0", -1), ("9" * 5_000, -1)],
)
def test_only_a_typed_number_confirms(typed: str, confirmed: int) -> None:
    """What is no whole number confirms nothing."""
    assert (
        StartForm(action=BulkAction.REPLAY, case=[MESSAGE_ID], count=typed).to_request().confirmed
        == confirmed
    )


@pytest.mark.parametrize("message_id", ["", "../orders", MESSAGE_ID + "/edits", "Z" * 32])
def test_only_ids_are_taken_for_messages(message_id: str) -> None:
    """An id becomes a part of a document's path, so it may hold nothing else."""
    with pytest.raises(ValidationError):
        StartForm(action=BulkAction.DISCARD, case=[message_id])
