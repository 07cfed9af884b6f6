"""What both kinds of schemas share: they are inlined, and their fields have titles, units and examples."""

import re
from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

UNITS = (
    ("Minor", "minor units of the currency"),
    ("Grams", "g"),
    ("Qty", "pieces"),
    ("quantity", "pieces"),
    ("onHand", "pieces"),
    ("pricedUnits", "pieces"),
)
"""Units by the end of a field's name."""

_CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ORDER = ("$schema", "$id", "title", "description", "type", "enum", "const", "format")


def inline(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Replace references by what they refer to, and `anyOf` with null by a second type."""
    return {name: each for name, each in _inline(schema, definitions).items() if name != "$defs"}


def _inline(part: Any, definitions: Mapping[str, Schema]) -> Any:
    if isinstance(part, list):
        return [_inline(each, definitions) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        definition = _inline(definitions[part["$ref"].rpartition("/")[2]], definitions)
        siblings = {name: each for name, each in part.items() if name != "$ref"}
        texts = filter(None, (siblings.get("description", ""), definition.get("description", "")))
        return {**definition, **siblings, "description": " ".join(texts)}
    inlined = {name: _inline(each, definitions) for name, each in part.items()}
    return _without_any_of(inlined) if "anyOf" in inlined else inlined


def _without_any_of(schema: Schema) -> Schema:
    others = [each for each in schema.pop("anyOf") if each != {"type": "null"}]
    (only,) = others
    if schema.get("default", ...) is None:
        del schema["default"]
    texts = filter(None, (schema.get("description", ""), only.get("description", "")))
    return nullable({**only, **schema, "description": " ".join(texts)})


def nullable(schema: Schema) -> Schema:
    """Return a schema that accepts null, too."""
    both: Schema = {**schema, "type": [schema["type"], "null"]}
    return {**both, "enum": [*schema["enum"], None]} if "enum" in schema else both


def annotate(schema: Schema, example: Any, *, name: str = "") -> Schema:
    """Return a schema with a title, a unit and an example for every field, in the order people read it."""
    annotated = {each: value for each, value in schema.items() if value != ""}
    if name:
        annotated["title"] = title_of(name)
    unit = next((unit for end, unit in UNITS if name.endswith(end)), None)
    if unit and schema.get("type") in ("integer", "number"):
        annotated["x-unit"] = unit
    if "properties" in schema:
        given = example if isinstance(example, dict) else {}
        annotated["properties"] = {
            each: annotate(value, given.get(each), name=each) for each, value in schema["properties"].items()
        }
    elif "items" in schema:
        annotated["items"] = annotate(schema["items"], example[0] if example else None)
    elif example is not None and name:
        annotated["examples"] = [example]
    return _sorted(annotated)


def title_of(name: str) -> str:
    """Write a camelCase, PascalCase or dotted name as words."""
    return _CAMEL_CASE.sub(" ", re.sub(r"[._-]", " ", name)).capitalize()


def _sorted(schema: Schema) -> Schema:
    first = {name: schema[name] for name in _ORDER if name in schema}
    return {**first, **schema}
