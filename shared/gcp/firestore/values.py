"""Conversion of Python values to Firestore values and back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from shared.gcp import import_message_types

document = import_message_types("google.cloud.firestore_v1").document

Document = document.Document.pb()
Value = document.Value.pb()

NATIVE_TYPES = (datetime, bytes)
"""Types that Firestore stores beside those of JSON."""

_PLAIN_KINDS = frozenset({"integer_value", "string_value", "boolean_value"})
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
    match value:
        case dict():
            target.map_value.SetInParent()
            fill_fields(target.map_value.fields, value)
        case None:
            target.null_value = 0
        case bool():
            target.boolean_value = value
        case int():
            target.integer_value = value
        case str():  # includes string enumerations
            target.string_value = value
        case _:
            _fill_other(target, value)


def _fill_other(target: Any, value: Any) -> None:
    match value:
        case list() | tuple():
            target.array_value.SetInParent()
            _fill_items(target.array_value.values, value)
        case bytes():
            target.bytes_value = value
        case datetime():
            _fill_time(target.timestamp_value, value)
        case _:
            raise TypeError(f"{type(value).__name__} cannot be stored in Firestore")


def _fill_items(values: Any, items: Sequence[Any]) -> None:
    add = values.add
    for each in items:
        if each and each.__class__ is dict:  # the items of large lists are mostly maps
            fill_fields(add().map_value.fields, each)
        else:
            fill(add(), each)


def _fill_time(target: Any, value: datetime) -> None:
    since = value - _EPOCH
    target.seconds = since.days * 86_400 + since.seconds
    target.nanos = since.microseconds * 1000


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
        kind = value.WhichOneof("value_type")
        # The most frequent types, without a further call.
        values[name] = getattr(value, kind) if kind in _PLAIN_KINDS else _read(value, kind)
    return values


def read(value: Any) -> Any:
    """Convert one protobuf Value to a Python value."""
    kind = value.WhichOneof("value_type")
    return getattr(value, kind) if kind in _PLAIN_KINDS else _read(value, kind)


def _read(value: Any, kind: str) -> Any:
    match kind:
        case "map_value":
            return read_fields(value.map_value.fields)
        case "array_value":
            return tuple([read(each) for each in value.array_value.values])
        case "timestamp_value":
            return value.timestamp_value.ToDatetime(tzinfo=UTC)
        case "null_value":
            return None
        case _:
            return getattr(value, kind)
