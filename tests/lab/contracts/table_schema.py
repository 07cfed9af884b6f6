"""The schema of the table that keeps the events of `order-events` for analytics, made from their contracts.

One table takes every type of event: its columns are the fields of all of them, and each may be empty.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.lab.contracts.catalogue import Direction, Message
from tests.lab.contracts.documents import payload_document
from tests.lab.contracts.schema import Schema
from tests.lab.stack.paths import ROOT

TABLE_SCHEMA = ROOT / "terraform" / "analytics" / "order_events.json"
TOPIC = "order-events"

WITHHELD = frozenset({"reason", "requestedBy", "releasedBy", "trackingNumber", "correlationId"})
"""Fields that may say something about a person, though their contracts do not mark them as personal.

Free text, the actor of a change, the number by which a carrier reveals an address, and an id that the
producer chooses. No column takes them, at any depth; Pub/Sub drops a field without a column.
"""

TYPES: Mapping[tuple[str, str | None], str] = {
    ("string", None): "STRING",
    ("string", "date-time"): "TIMESTAMP",
    ("integer", None): "INTEGER",
    ("boolean", None): "BOOLEAN",
    ("object", None): "RECORD",
}
"""BigQuery's types by those of JSON Schema, with their format."""

Column = dict[str, Any]


class ColumnConflict(Exception):
    """Two events give a field different types, which one column cannot hold."""


def table_schema(messages: Iterable[Message]) -> str:
    """Return the schema of the table as BigQuery reads it: JSON, the columns by name."""
    schemas = (
        payload_document(each)
        for each in messages
        if each.direction is Direction.OUTGOING and each.topic == TOPIC
    )
    return json.dumps(_columns(schemas), indent=2) + "\n"


def _columns(schemas: Iterable[Schema]) -> list[Column]:
    """Return the columns of every field that the schemas have, each once."""
    found: dict[str, list[Schema]] = {}
    for schema in schemas:
        for name, field in schema["properties"].items():
            if name not in WITHHELD and not field.get("x-personal"):
                found.setdefault(name, []).append(field)
    return [_column(name, fields) for name, fields in sorted(found.items())]


def _column(name: str, fields: list[Schema]) -> Column:
    (mode, kind), *others = {_shape(each) for each in fields}
    if others:
        raise ColumnConflict(name)
    column: Column = {"name": name, "type": kind, "mode": mode}
    if kind == "RECORD":
        column["fields"] = _columns(each.get("items", each) for each in fields)
    return column


def _shape(field: Schema) -> tuple[str, str]:
    """Return the mode and the type of a field's column."""
    kind = _kind(field)
    if kind == "array":
        item = field["items"]
        return "REPEATED", TYPES[_kind(item), item.get("format")]
    return "NULLABLE", TYPES[kind, field.get("format")]


def _kind(field: Schema) -> str:
    """Return the type of a field, which may be null as well."""
    types = field["type"] if isinstance(field["type"], list) else [field["type"]]
    (kind,) = (each for each in types if each != "null")
    return str(kind)
