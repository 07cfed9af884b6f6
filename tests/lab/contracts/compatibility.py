"""Which changes of a schema break the producers of an incoming message, or the consumers of an event.

Both questions are one: does the reader accept everything that the writer may send? A producer writes by the
released schema and the functions read by the new one. The functions write by the new schema and a consumer
reads by the released one. Beyond that, a field that disappears or changes its meaning breaks either side.
"""

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import Any, NamedTuple

from tests.lab.contracts.catalogue import Direction
from tests.lab.contracts.schema import Schema


class Break(NamedTuple):
    """A breaking change: the field's path, and the rule that it violates."""

    field: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field or '(message)'}: {self.rule}"


LOWER = ("minLength", "minItems")
UPPER = ("maximum", "maxLength", "maxItems")
EXACT = ("pattern", "format", "multipleOf", "const")
MEANING = {"x-unit": "its unit has changed", "default": "its default has changed"}
"""Keywords that say what a value means: another value breaks both sides."""


def find_breaks(released: Schema, current: Schema, direction: Direction) -> list[Break]:
    """Compare two versions of a schema; return every breaking change."""
    return [*_breaks(released, current, direction, "")]


def _breaks(released: Schema, current: Schema, direction: Direction, path: str) -> Iterator[Break]:
    incoming = direction is Direction.INCOMING
    writer, reader = (released, current) if incoming else (current, released)
    yield from (Break(path, rule) for rule in _refusals(writer, reader, incoming=incoming))
    yield from (Break(path, rule) for rule in _other_meanings(released, current))
    before, after = released.get("properties", {}), current.get("properties", {})
    for name in before:
        field = f"{path}.{name}" if path else name
        if name in after:
            yield from _breaks(before[name], after[name], direction, field)
        else:
            yield Break(field, "producers send it and it is read no more" if incoming else "is removed")
    yield from _required(released, current, direction, path)
    if "items" in released and "items" in current:
        yield from _breaks(released["items"], current["items"], direction, f"{path}[]")


def _required(released: Schema, current: Schema, direction: Direction, path: str) -> Iterator[Break]:
    before, after = set(released.get("required", ())), set(current.get("required", ()))
    known, left = released.get("properties", {}), current.get("properties", {})
    if direction is Direction.INCOMING:
        for name in sorted(after - before):
            yield Break(_join(path, name), "is required now" if name in known else "is a new required field")
    else:
        for name in sorted((before - after) & left.keys()):
            yield Break(_join(path, name), "may be missing now")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _refusals(writer: Schema, reader: Schema, *, incoming: bool) -> Iterator[str]:
    """Name every rule of the reader that a value of the writer may break."""
    missing = _types(writer) - _types(reader)
    if missing:
        others = ", ".join(sorted(missing))
        yield f"no longer accepts {others}" if incoming else f"may be {others} now"
        return
    yield from _enumerations(writer, reader, incoming=incoming)
    yield from _bounds(writer, reader, incoming=incoming)
    for keyword in EXACT:
        if keyword in reader and reader[keyword] != writer.get(keyword):
            yield f"{keyword} has changed"


def _bounds(writer: Schema, reader: Schema, *, incoming: bool) -> Iterator[str]:
    narrower = "is narrower" if incoming else "is wider"
    if _minimum(reader) > _minimum(writer):
        yield f"minimum {narrower}"
    for keyword in LOWER:
        if keyword in reader and _exceeds(reader, writer, keyword, lambda a, b: a > b):
            yield f"{keyword} {narrower}"
    for keyword in UPPER:
        if keyword in reader and _exceeds(reader, writer, keyword, lambda a, b: a < b):
            yield f"{keyword} {narrower}"


def _enumerations(writer: Schema, reader: Schema, *, incoming: bool) -> Iterator[str]:
    if "enum" not in reader:
        return
    values = writer.get("enum", [writer["const"]] if "const" in writer else None)
    if values is None:
        yield "accepts a list of values only now" if incoming else "may have any value now"
        return
    for value in values:
        if value not in reader["enum"]:
            yield f"no longer accepts {value}" if incoming else f"may be {value} now"


def _minimum(schema: Schema) -> tuple[float, bool]:
    """Return the lower bound of a number, and whether it is excluded."""
    if "exclusiveMinimum" not in schema:
        return schema.get("minimum", -inf), False
    bound = schema["exclusiveMinimum"]
    return (bound, True) if "number" in _types(schema) else (bound + 1, False)


def _exceeds(reader: Schema, writer: Schema, keyword: str, stricter: Callable[[Any, Any], bool]) -> bool:
    return keyword not in writer or stricter(reader[keyword], writer[keyword])


def _types(schema: Mapping[str, Any]) -> set[str]:
    """Return the JSON types that a schema accepts; a number may be an integer."""
    stated = schema.get("type", [])
    types = {stated} if isinstance(stated, str) else set(stated)
    return types | {"integer"} if "number" in types else types


def _other_meanings(released: Schema, current: Schema) -> Iterator[str]:
    for keyword, rule in MEANING.items():
        if keyword in released and released[keyword] != current.get(keyword):
            yield rule
