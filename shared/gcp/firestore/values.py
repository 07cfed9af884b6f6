"""Conversion of Python values to Firestore values and back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from types import NoneType
from typing import Any

from shared.gcp import import_message_types

document = import_message_types("google.cloud.firestore_v1").document

Document = document.Document.pb()
Value = document.Value.pb()

NATIVE_TYPES = (datetime, bytes)
"""Types that Firestore stores beside those of JSON."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def fill_fields(fields: Any, values: Mapping[str, Any]) -> None:
    """Write values into a map of protobuf Values in place, because a copy of submessages costs more.

    Raises TypeError for a value that Firestore has no type for.
    """
    for name, value in values.items():
        kind = value.__class__
        # The most frequent types, without a further call: this runs for every field of every line item.
        if kind is int:
            fields[name].integer_value = value
        elif kind is str:
            fields[name].string_value = value
        elif kind is bool:
            fields[name].boolean_value = value
        else:
            fill(fields[name], value)


def fill(target: Any, value: Any) -> None:
    """Write one value into a protobuf Value. Raises TypeError as `fill_fields` does."""
    _filler(value.__class__)(target, value)


@cache
def _filler(kind: type) -> Callable[[Any, Any], None]:
    """Return the function that writes values of a type, or of its base: an enumeration is a str."""
    for base, filler in _FILLERS.items():
        if issubclass(kind, base):
            return filler
    raise TypeError(f"{kind.__name__} cannot be stored in Firestore")


def _fill_null(target: Any, _: None) -> None:
    target.null_value = 0


def _fill_boolean(target: Any, value: bool) -> None:  # noqa: FBT001 - a value to store
    target.boolean_value = value


def _fill_integer(target: Any, value: int) -> None:
    target.integer_value = value


def _fill_text(target: Any, value: str) -> None:
    target.string_value = value


def _fill_bytes(target: Any, value: bytes) -> None:
    target.bytes_value = value


def _fill_time(target: Any, value: datetime) -> None:
    since, time = value - _EPOCH, target.timestamp_value
    time.seconds = since.days * 86_400 + since.seconds
    time.nanos = since.microseconds * 1000


def _fill_map(target: Any, value: Mapping[str, Any]) -> None:
    if value:
        fill_fields(target.map_value.fields, value)
    else:
        target.map_value.SetInParent()  # an empty map is a value, too


def _fill_array(target: Any, value: Sequence[Any]) -> None:
    if value:
        _fill_items(target.array_value.values, value)
    else:
        target.array_value.SetInParent()


_FILLERS: Mapping[type, Callable[[Any, Any], None]] = {
    dict: _fill_map,
    list: _fill_array,
    tuple: _fill_array,
    str: _fill_text,
    bool: _fill_boolean,  # before int, which it is derived from
    int: _fill_integer,
    datetime: _fill_time,
    NoneType: _fill_null,
    bytes: _fill_bytes,
}


def _fill_items(values: Any, items: Sequence[Any]) -> None:
    add = values.add
    for each in items:
        if each and each.__class__ is dict:  # the items of large lists are mostly maps
            fill_fields(add().map_value.fields, each)
        else:
            fill(add(), each)


def change_fields(fields: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Change a map of protobuf Values in place, from the values `before` that were read to those in `after`.

    Only differences are written. A field keeps its type: 1 does not replace True, because the two are equal.
    """
    for name in before:
        if name not in after:
            del fields[name]
    for name, value in after.items():
        if name not in before:
            fill(fields[name], value)
        elif value != before[name]:
            _change(fields[name], before[name], value)


def _change(target: Any, before: Any, after: Any) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        change_fields(target.map_value.fields, before, after)
    elif isinstance(before, tuple) and isinstance(after, list | tuple):
        _change_items(target.array_value.values, before, after)
    else:
        fill(target, after)


def _change_items(values: Any, before: Sequence[Any], after: Sequence[Any]) -> None:
    del values[len(after) :]
    for value, was, becomes in zip(values, before, after, strict=False):
        if becomes != was:
            _change(value, was, becomes)
    _fill_items(values, after[len(before) :])


def read_fields(fields: Any) -> dict[str, Any]:
    """Convert a map of protobuf Values to Python values; arrays become tuples, as the domain has them."""
    values: dict[str, Any] = {}
    for name in fields:  # items() would look up each value again
        value = fields[name]
        # As in `read`, without a further call: this runs for every field of every line item.
        values[name] = value.integer_value or value.string_value or _read_other(value)
    return values


def read(value: Any) -> Any:
    """Convert one protobuf Value to a Python value."""
    # The most frequent kinds first: to look at both takes less time than to ask for the kind.
    return value.integer_value or value.string_value or _read_other(value)


def _read_other(value: Any) -> Any:
    match kind := value.WhichOneof("value_type"):
        case "map_value":
            return read_fields(value.map_value.fields)
        case "array_value":
            return tuple([read(each) for each in value.array_value.values])
        case "timestamp_value":
            return _read_time(value.timestamp_value)
        case "null_value":
            return None
        case _:
            return getattr(value, kind)


def _read_time(value: Any) -> datetime:
    return _EPOCH + timedelta(seconds=value.seconds, microseconds=value.nanos // 1000)
