"""The JSON Schemas of a message: one of its payload, one of its attributes."""

from typing import Any

from shared.consumer.processor import SHOP_CURRENCY
from shared.contracts.envelope import WAITING_SINCE
from shared.contracts.provenance import major_version
from tests.lab.contracts.catalogue import Direction, Message
from tests.lab.contracts.docstrings import first_paragraph
from tests.lab.contracts.event_schema import event_schema
from tests.lab.contracts.examples import example_of
from tests.lab.contracts.payload_schema import payload_schema
from tests.lab.contracts.schema import DIALECT, Schema, annotate, title_of

TEXT: Schema = {"type": "string"}
SUPPLIED = (WAITING_SINCE, SHOP_CURRENCY)
"""Fields of contracts that the functions fill in: no producer sends them."""


def payload_document(message: Message) -> Schema:
    """Return the JSON Schema of a message's payload."""
    schema = _raw(message)
    for name in _attribute_fields(message):
        del schema["properties"][name]
        schema["required"] = [each for each in schema["required"] if each != name]
    return _document(message, schema, "", example_of(message).data)


def attributes_document(message: Message) -> Schema:
    """Return the JSON Schema of a message's attributes, which are all texts."""
    incoming = message.direction is Direction.INCOMING
    schema = _incoming_attributes(message) if incoming else _outgoing_attributes(message)
    return _document(message, schema, ":attributes", example_of(message).attributes)


def title_of_message(message: Message) -> str:
    """Return the name of a message in words."""
    return title_of(message.kind.__name__)


def _document(message: Message, schema: Schema, part: str, example: Any) -> Schema:
    major = major_version(message.version)
    annotated = annotate(schema, example)
    return {
        "$schema": DIALECT,
        "$id": f"urn:order-events:{message.direction}:{message.name}:{major}{part}",
        "title": title_of_message(message) + (": attributes" if part else ""),
        "description": annotated.pop("description", first_paragraph(message.kind)),
        "x-version": message.version,
        **{name: each for name, each in annotated.items() if name != "title"},
        "examples": [example],
    }


def _raw(message: Message) -> Schema:
    if message.direction is Direction.INCOMING:
        return payload_schema(message.kind)
    return event_schema(message.kind)


def _attribute_fields(message: Message) -> frozenset[str]:
    return message.kind.attribute_fields if message.direction is Direction.INCOMING else frozenset()


def _incoming_attributes(message: Message) -> Schema:
    properties: dict[str, Schema] = {}
    if message.event_type:
        properties["eventType"] = {**TEXT, "const": message.event_type}
    properties["source"] = {**TEXT, "description": "The producer. A message may leave it out."}
    if message.producers:
        properties["source"]["enum"] = [*message.producers]
    properties["version"] = {
        **TEXT,
        "pattern": _version_pattern(message),
        "description": "The version of the contract; every minor version is accepted, and none at all.",
    }
    properties["correlationId"] = {
        **TEXT,
        "description": "Returned with every event and log line; by default the id of the message.",
    }
    raw = _raw(message)["properties"]
    fields = {name: raw[name] for name in sorted(message.kind.attribute_fields) if name not in SUPPLIED}
    return {
        "description": f"The attributes of a message on {message.topic}.",
        "type": "object",
        "properties": properties | fields,
        "required": ["eventType"] if message.event_type else [],
    }


def _version_pattern(message: Message) -> str:
    return f"^{major_version(message.version)}(\\.|$)"


def _outgoing_attributes(message: Message) -> Schema:
    described = {
        "eventId": "Unique; the same however often the event is published. Ignore what has arrived before.",
        "correlationId": "Of the message that caused the event.",
        "causationId": "The id of the message that caused the event.",
    }
    properties: dict[str, Schema] = {
        "eventType": {**TEXT, "const": message.event_type},
        "source": {**TEXT, "const": message.producers[0]},
        "version": {**TEXT, "pattern": _version_pattern(message)},
        **{name: {**TEXT, "description": text} for name, text in described.items()},
    }
    return {
        "description": f"The attributes of {message.event_type}.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }
