"""Values go into Firestore's types and come back as they were."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.firestore.values import Document, fill_fields, read_fields
from shared.domain.order import OrderStatus

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
