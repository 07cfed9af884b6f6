"""Python values to Firestore values and back."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from google.cloud.firestore_v1.types import document

Document = document.Document.pb()
Value = document.Value.pb()


def fill_fields(fields: Any, values: Mapping[str, Any]) -> None:
    """Write values into a map of protobuf Values, in place: copying submessages costs more."""
    for name, value in values.items():
        fill(fields[name], value)


def fill(target: Any, value: Any) -> None:
    """Write one value into a protobuf Value; raise TypeError for what Firestore has no type for."""
    filler = _FILLERS.get(type(value)) or _filler_of_base(value)
    filler(target, value)


def _filler_of_base(value: Any) -> Callable[[Any, Any], None]:
    """Find the filler of an enumeration or of a frozen clock's datetime: a subclass of a known type."""
    for kind, filler in _FILLERS.items():
        if isinstance(value, kind):
            return filler
    raise TypeError(f"{type(value).__name__} has no place in Firestore")


def _fill_map(target: Any, value: Mapping[str, Any]) -> None:
    target.map_value.SetInParent()
    fill_fields(target.map_value.fields, value)


def _fill_array(target: Any, value: Iterable[Any]) -> None:
    target.array_value.SetInParent()
    for each in value:
        fill(target.array_value.values.add(), each)


_FILLERS: dict[type, Callable[[Any, Any], None]] = {
    str: lambda target, value: setattr(target, "string_value", value),
    bool: lambda target, value: setattr(target, "boolean_value", value),
    int: lambda target, value: setattr(target, "integer_value", value),
    bytes: lambda target, value: setattr(target, "bytes_value", value),
    type(None): lambda target, _: setattr(target, "null_value", 0),
    datetime: lambda target, value: target.timestamp_value.FromDatetime(value),
    dict: _fill_map,
    list: _fill_array,
    tuple: _fill_array,
}


def read_fields(fields: Any) -> dict[str, Any]:
    """Read a map of protobuf Values."""
    return {name: read(value) for name, value in fields.items()}


def read(value: Any) -> Any:
    """Read one protobuf Value."""
    kind = value.WhichOneof("value_type")
    match kind:
        case "map_value":
            return read_fields(value.map_value.fields)
        case "array_value":
            return [read(each) for each in value.array_value.values]
        case "timestamp_value":
            return value.timestamp_value.ToDatetime(tzinfo=UTC)
        case "null_value":
            return None
        case _:
            return getattr(value, kind)
