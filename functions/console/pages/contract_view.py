"""The published contracts as pages show them: one message each, its fields as rows."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any]

KEYWORD_TEXTS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "minLength": "at least {} character",
    "maxLength": "at most {} characters",
    "minItems": "at least {} item",
    "format": "{}",
    "const": "always {}",
    "default": "default {}",
}
"""Keywords of JSON Schema in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """One field: `path` names it, with `[]` for the items of a list."""

    path: str
    types: str
    required: bool
    unit: str
    rules: str
    description: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractView:
    """One message, with all that its page shows."""

    key: str
    name: str
    title: str
    summary: str
    version: str
    topic: str
    incoming: bool
    ordering_key: str
    producers: tuple[str, ...]
    retention: str
    subscriptions: Mapping[str, Mapping[str, Any]]
    attributes: tuple[FieldRow, ...]
    fields: tuple[FieldRow, ...]
    schema: Schema = field(repr=False)
    attributes_json: str
    payload_json: str

    def matches(self, term: str) -> bool:
        """Return whether every word of a search is in the names and texts of the message."""
        rows = (*self.attributes, *self.fields)
        texts = [self.name, self.title, self.summary, self.topic, *self.producers]
        texts += [text for each in rows for text in (each.path, each.description, each.rules)]
        searched = "\n".join(texts).lower()
        return all(word in searched for word in term.lower().split())


def contract_views(document: Mapping[str, Any]) -> dict[str, ContractView]:
    """Return the messages of an AsyncAPI document by key, in the order of their channels."""
    messages = document["components"]["messages"]
    return {
        key: _view(key, messages[key], topic, channel)
        for topic, channel in document["channels"].items()
        for key in channel["messages"]
    }


def _view(key: str, message: Mapping[str, Any], topic: str, channel: Mapping[str, Any]) -> ContractView:
    payload, attributes = message["payload"]["schema"], message["headers"]["schema"]
    (example,) = message["examples"]
    incoming = key.startswith("incoming.")
    return ContractView(
        key=key,
        name=message["name"],
        title=message["title"],
        summary=message["summary"],
        version=message["x-version"],
        topic=topic,
        incoming=incoming,
        ordering_key=message["bindings"]["googlepubsub"]["orderingKey"],
        producers=tuple(channel["x-producers"]),
        retention=channel["bindings"]["googlepubsub"]["messageRetentionDuration"],
        subscriptions=channel["x-subscriptions"] if incoming else {},
        attributes=tuple(_rows(attributes, "")),
        fields=tuple(_rows(payload, "")),
        schema=payload,
        attributes_json=_text(example["headers"]),
        payload_json=_text(example["payload"]),
    )


def _rows(schema: Schema, path: str) -> Iterator[FieldRow]:
    required = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        below = f"{path}.{name}" if path else name
        yield _row(below, each, required=name in required)
        yield from _rows(each, below)
        yield from _rows(each.get("items", {}), f"{below}[]")


def _row(path: str, schema: Schema, *, required: bool) -> FieldRow:
    stated = schema["type"]
    types = [stated] if isinstance(stated, str) else stated
    return FieldRow(
        path=path,
        types=" or ".join(types),
        required=required,
        unit=schema.get("x-unit", ""),
        rules=", ".join(_rules(schema)),
        description=schema.get("description", ""),
        example=", ".join(json.dumps(each, ensure_ascii=False) for each in schema.get("examples", ())),
    )


def _rules(schema: Schema) -> Iterator[str]:
    if "enum" in schema:
        yield "one of " + ", ".join(str(each) for each in schema["enum"] if each is not None)
    for keyword, words in KEYWORD_TEXTS.items():
        if keyword in schema:
            yield words.format(json.dumps(schema[keyword]) if keyword == "default" else schema[keyword])


def _text(example: Any) -> str:
    return json.dumps(example, indent=2, ensure_ascii=False)
