"""A change of a document sends the fields that differ, and no others."""

from typing import Any

from google.cloud.firestore_v1.types import write as writes

from shared.gcp.firestore.values import Document, fill_fields, read_fields
from shared.gcp.firestore.writes import update_if

Write = writes.Write.pb()

BEFORE: dict[str, Any] = {"status": "CREATED", "lines": ({"n": 1},), "old": 1, "absent": None}


def changed(after: dict[str, Any]) -> tuple[set[str], dict[str, Any]]:
    """Return the mask and the fields of the write from BEFORE to other fields."""
    document, write = Document(name="orders/1"), Write()
    fill_fields(document.fields, BEFORE)
    document.update_time.seconds = 7
    update_if(document, read_fields(document.fields), after).fill(write)
    assert write.current_document.update_time.seconds == 7
    assert write.HasField("update_mask")
    return {*write.update_mask.field_paths}, read_fields(write.update.fields)


def test_only_differences_are_sent() -> None:
    """An equal field stays out of the request, however large it is."""
    assert changed(BEFORE | {"status": "SHIPPED"}) == ({"status"}, {"status": "SHIPPED"})


def test_a_new_field_is_sent_even_without_a_value() -> None:
    """A field that the document lacks is written, also where its value is None."""
    assert changed(BEFORE | {"new": None}) == ({"new"}, {"new": None})


def test_a_removed_field_is_in_the_mask_only() -> None:
    """Firestore removes a field that the mask names and the document does not have."""
    after = {name: value for name, value in BEFORE.items() if name != "old"}

    assert changed(after) == ({"old"}, {})


def test_a_list_is_sent_whole() -> None:
    """Firestore replaces a whole list: the write has the items that did not change, too."""
    after = BEFORE | {"lines": ({"n": 1, "shipped": 2}, {"n": 2})}

    assert changed(after) == ({"lines"}, {"lines": after["lines"]})


def test_a_list_replaces_what_was_read_like_a_tuple() -> None:
    """Items are never added to those that the document has already."""
    assert changed(BEFORE | {"lines": [{"n": 3}]}) == ({"lines"}, {"lines": ({"n": 3},)})


def test_a_write_without_changes_has_an_empty_mask() -> None:
    """Without any mask Firestore would replace the document, here by an empty one."""
    assert changed(BEFORE) == (set(), {})
