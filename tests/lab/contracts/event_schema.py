"""JSON Schema of the payload of an event, made from its struct."""

from typing import Any

import msgspec
from msgspec import inspect

from shared.domain.decision import DomainEvent
from shared.domain.personal import personal_fields
from tests.lab.contracts.docstrings import field_docstrings, first_paragraph
from tests.lab.contracts.schema import Schema, nullable

SCALARS: dict[type[inspect.Type], Schema] = {
    inspect.StrType: {"type": "string"},
    inspect.IntType: {"type": "integer"},
    inspect.BoolType: {"type": "boolean"},
    inspect.DateTimeType: {"type": "string", "format": "date-time"},
    inspect.DecimalType: {"type": "string", "format": "decimal"},
}


def event_schema(kind: type[DomainEvent]) -> Schema:
    """Return the schema of what `outgoing_message` writes: id, type, and every field but the ordering key.

    Id and type are optional: an event that an earlier release decided has them in its attributes alone.
    """
    schema = _struct(kind)
    del schema["properties"]["orderingKey"]
    schema["required"].remove("orderingKey")
    named: Schema = {
        "eventId": {"type": "string", "description": "The attribute of this name, for a table of payloads."},
        "eventType": {"type": "string", "const": kind.type},
    }
    schema["properties"] = named | schema["properties"]
    return schema


def _struct(kind: type[msgspec.Struct]) -> Schema:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    properties = {each.encode_name: _field(kind, each) for each in described.fields}
    return {
        "description": first_paragraph(kind),
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }


def _field(kind: type[msgspec.Struct], field: inspect.Field) -> Schema:
    schema = _schema(field.type)
    if text := field_docstrings(kind).get(field.name):
        schema = {**schema, "description": text}
    return {**schema, "x-personal": True} if field.name in personal_fields(kind) else schema


def _schema(described: Any) -> Schema:  # noqa: PLR0911 - one line for each kind of type
    match described:
        case inspect.Metadata(type=inner):
            return _schema(inner)
        case inspect.UnionType(types=types):
            (inner,) = (each for each in types if not isinstance(each, inspect.NoneType))
            return nullable(_schema(inner))
        case inspect.EnumType(cls=members):
            return {
                "type": "string",
                "enum": [each.value for each in members],
                "description": first_paragraph(members),
            }
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return {"type": "array", "items": _schema(item)}
        case inspect.LiteralType(values=values):
            return {"type": "string", "enum": [*values]}
        case inspect.StructType(cls=kind):
            return _struct(kind)
        case _:
            return dict(SCALARS[type(described)])
