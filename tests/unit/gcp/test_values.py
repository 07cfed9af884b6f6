"""Python values survive the conversion to Firestore's types and back."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.order import OrderStatus
from shared.gcp.firestore.values import Document, change_fields, fill_fields, read_fields

TEXT = st.text()
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**63 - 1)
    | TEXT
    | st.binary()
    | st.datetimes(timezones=st.just(UTC))
)


def tuples(items: st.SearchStrategy[Any], max_size: int) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw tuples of items."""
    return st.lists(items, max_size=max_size).map(tuple)


VALUES = st.recursive(
    LEAVES, lambda each: tuples(each, max_size=4) | st.dictionaries(TEXT, each, max_size=4), max_leaves=6
)

KINDS = (
    st.none() | TEXT,
    st.integers(min_value=2, max_value=2**63 - 1),
    tuples(TEXT | st.dictionaries(TEXT, TEXT, max_size=2), max_size=3),
    st.dictionaries(TEXT, TEXT | st.none() | tuples(TEXT, max_size=2), max_size=3),
)
"""Types of a field; a field never changes its type."""

CHANGES = st.dictionaries(TEXT, st.one_of(*(st.tuples(each | st.none(), each | st.none()) for each in KINDS)))
"""Fields with their values before and after a change."""


def stored(fields: dict[str, Any]) -> dict[str, Any]:
    """Write fields into a document, serialise it, and return the fields read from it."""
    document = Document()
    fill_fields(document.fields, fields)
    return read_fields(Document.FromString(document.SerializeToString()).fields)


@settings(deadline=None)
@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_stored_values_are_read_back(fields: dict[str, Any]) -> None:
    """Texts, numbers, bytes, times and None, also in tuples and maps, survive serialisation."""
    assert stored(fields) == fields


def test_empty_lists_and_maps_stay_what_they_are() -> None:
    """An empty list is read as an empty tuple, and an empty map stays a map."""
    assert stored({"list": [], "tuple": (), "map": {}}) == {"list": (), "tuple": (), "map": {}}


def test_booleans_stay_booleans() -> None:
    """True stays true and 1 stays 1."""
    read = stored({"yes": True, "one": 1})

    assert (type(read["yes"]), type(read["one"])) == (bool, int)


def test_an_enumeration_is_stored_as_its_value() -> None:
    """An enumeration becomes a plain text in the document."""
    assert stored({"status": OrderStatus.ALLOCATED}) == {"status": "ALLOCATED"}


def test_a_time_of_any_offset_is_the_same_moment() -> None:
    """A time with an offset is read back as the same moment in UTC, to the microsecond."""
    bangkok = datetime(2024, 1, 10, 17, 0, 0, 1, tzinfo=timezone(timedelta(hours=7)))

    assert stored({"at": bangkok}) == {"at": datetime(2024, 1, 10, 10, 0, 0, 1, tzinfo=UTC)}


@freeze_time("2024-01-10T10:00:00Z")
def test_a_frozen_time_is_stored_as_a_time() -> None:
    """A time that freezegun replaced is stored as a timestamp."""
    assert stored({"at": datetime.now(UTC)}) == {"at": datetime(2024, 1, 10, 10, tzinfo=UTC)}


@pytest.mark.parametrize(
    "value", [1.5, Decimal("1.5"), object(), {1, 2}], ids=lambda value: type(value).__name__
)
def test_unsupported_types_are_refused(value: object) -> None:
    """Above all floating point is refused: money is exact."""
    with pytest.raises(TypeError, match="cannot be stored in Firestore"):
        stored({"field": value})


def test_an_integer_too_large_is_refused() -> None:
    """An integer beyond 64 bits is refused instead of cut."""
    with pytest.raises(ValueError, match="out of range"):
        stored({"field": 2**63})


@settings(deadline=None)
@given(CHANGES, st.sets(TEXT), st.sets(TEXT))
def test_a_changed_document_equals_a_new_one(
    changes: dict[str, tuple[Any, Any]], without_before: set[str], without_after: set[str]
) -> None:
    """Any addition, change or removal in fields, lists and maps yields the document of the new values."""
    before = {name: each for name, (each, _) in changes.items() if name not in without_before}
    after = {name: each for name, (_, each) in changes.items() if name not in without_after}
    document = Document()
    fill_fields(document.fields, before)

    change_fields(document.fields, before, after)

    assert read_fields(Document.FromString(document.SerializeToString()).fields) == after


def test_equal_values_are_not_written() -> None:
    """An equal value keeps what was read, such as nanoseconds that a datetime cannot hold."""
    document = Document()
    document.fields["at"].timestamp_value.nanos = 1
    document.fields["n"].integer_value = 1
    before = read_fields(document.fields)

    change_fields(document.fields, before, {**before, "n": 2})

    assert (document.fields["at"].timestamp_value.nanos, document.fields["n"].integer_value) == (1, 2)
