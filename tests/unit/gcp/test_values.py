"""Values go into Firestore's types and come back as they were."""

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
VALUES = st.recursive(
    LEAVES, lambda each: st.lists(each, max_size=4) | st.dictionaries(TEXT, each, max_size=4), max_leaves=6
)

KINDS = (
    st.none() | TEXT,
    st.integers(min_value=2, max_value=2**63 - 1),
    st.lists(TEXT | st.dictionaries(TEXT, TEXT, max_size=2), max_size=3),
    st.dictionaries(TEXT, TEXT | st.none() | st.lists(TEXT, max_size=2), max_size=3),
)
"""A field keeps its kind, of which there are these."""

CHANGES = st.dictionaries(TEXT, st.one_of(*(st.tuples(each | st.none(), each | st.none()) for each in KINDS)))
"""Fields with what they hold before and after."""


def stored(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields as they are read from the bytes of a document they were written into."""
    document = Document()
    fill_fields(document.fields, fields)
    return read_fields(Document.FromString(document.SerializeToString()).fields)


@settings(deadline=None)
@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_whatever_is_stored_is_read_back(fields: dict[str, Any]) -> None:
    """Texts, numbers, bytes, times, nothing, and lists and maps of them survive the wire."""
    assert stored(fields) == fields


def test_empty_lists_and_maps_stay_what_they_are() -> None:
    """An empty list is no missing value, and a map no list."""
    assert stored({"list": [], "tuple": (), "map": {}}) == {"list": [], "tuple": [], "map": {}}


def test_booleans_are_no_numbers() -> None:
    """True stays true and 1 stays 1."""
    read = stored({"yes": True, "one": 1})

    assert (type(read["yes"]), type(read["one"])) == (bool, int)


def test_an_enumeration_is_stored_as_its_value() -> None:
    """A status is a plain text in the document."""
    assert stored({"status": OrderStatus.ALLOCATED}) == {"status": "ALLOCATED"}


def test_a_time_of_any_offset_is_the_same_moment() -> None:
    """A time with an offset comes back as that moment in UTC, to the microsecond."""
    bangkok = datetime(2024, 1, 10, 17, 0, 0, 1, tzinfo=timezone(timedelta(hours=7)))

    assert stored({"at": bangkok}) == {"at": datetime(2024, 1, 10, 10, 0, 0, 1, tzinfo=UTC)}


@freeze_time("2024-01-10T10:00:00Z")
def test_a_frozen_time_is_stored_as_a_time() -> None:
    """A clock that tests stand still is a clock."""
    assert stored({"at": datetime.now(UTC)}) == {"at": datetime(2024, 1, 10, 10, tzinfo=UTC)}


@pytest.mark.parametrize(
    "value", [1.5, Decimal("1.5"), object(), {1, 2}], ids=lambda value: type(value).__name__
)
def test_what_has_no_place_is_refused(value: object) -> None:
    """Floating point, above all, is never stored: money is exact."""
    with pytest.raises(TypeError, match="has no place in Firestore"):
        stored({"field": value})


def test_an_integer_too_large_is_refused() -> None:
    """What does not fit 64 bits is refused rather than cut."""
    with pytest.raises(ValueError, match="out of range"):
        stored({"field": 2**63})


@settings(deadline=None)
@given(CHANGES, st.sets(TEXT), st.sets(TEXT))
def test_a_changed_document_is_what_it_would_be_written_anew(
    changes: dict[str, tuple[Any, Any]], without_before: set[str], without_after: set[str]
) -> None:
    """Whatever appears, changes, grows, shrinks or goes, in fields, lists and maps: nothing else is left."""
    before = {name: each for name, (each, _) in changes.items() if name not in without_before}
    after = {name: each for name, (_, each) in changes.items() if name not in without_after}
    document = Document()
    fill_fields(document.fields, before)

    change_fields(document.fields, before, after)

    assert read_fields(Document.FromString(document.SerializeToString()).fields) == after


def test_what_does_not_differ_is_not_written() -> None:
    """A value that is equal stays the one that was read, with a precision that datetimes do not have."""
    document = Document()
    document.fields["at"].timestamp_value.nanos = 1
    document.fields["n"].integer_value = 1
    before = read_fields(document.fields)

    change_fields(document.fields, before, {**before, "n": 2})

    assert (document.fields["at"].timestamp_value.nanos, document.fields["n"].integer_value) == (1, 2)
