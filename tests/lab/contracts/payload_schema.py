"""JSON Schema of a payload as a contract reads it, made from the pydantic model."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from shared.contracts import field_types, inventory, order_cancel, short, substitution, time_types
from shared.contracts.contract import Contract
from shared.domain import currencies
from tests.lab.contracts.docstrings import field_docstrings
from tests.lab.contracts.schema import Schema, inline

Change = Callable[[Schema], Schema]
"""Turns the schema of what a validator wraps into the schema of what it accepts."""


def _add(description: str = "", **keywords: Any) -> Change:
    return lambda schema: {
        **schema,
        **keywords,
        "description": " ".join(filter(None, (schema.get("description", ""), description))),
    }


def _number(description: str, unit: str, maximum: int) -> Change:
    """Accept a JSON number. Lower bounds stay: all of them are zero, whatever the scale."""

    def change(schema: Schema) -> Schema:
        number = next((each for each in schema.get("anyOf", ()) if each.get("type") == "number"), schema)
        bounds = {name: number[name] for name in ("minimum", "exclusiveMinimum") if name in number}
        return {"type": "number", **bounds, "maximum": maximum, "description": description, "x-unit": unit}

    return change


def _may_be_blank(schema: Schema) -> Schema:
    """Accept white space alone: it is read as no text."""
    alternatives = [_without(each, "minLength", "pattern") for each in schema["anyOf"]]
    return {**schema, "anyOf": alternatives}


def _without(schema: Schema, *keywords: str) -> Schema:
    return {name: each for name, each in schema.items() if name not in keywords}


FILLED = r"\S"
"""At least one character that is no white space."""

AMOUNT = "In the order's currency, with at most its decimals (ISO 4217: two for THB, none for JPY)."
VALIDATORS: Mapping[Any, Change] = {
    field_types._to_minor: _number(AMOUNT, "units of the currency", 99_999_999_999_999),
    field_types._check_amount: _number(AMOUNT, "units of the currency", 99_999_999_999_999),
    field_types._to_grams: _number("In kilograms, with at most three decimals.", "kg", 9_999_999_999_999),
    time_types._require_time_text: lambda _: {"type": "string", "format": "date-time"},
    time_types._to_utc: _add("ISO 8601 with an offset."),
    time_types._check_is_set: _add(f"In the year {time_types.EARLIEST.year} or later."),
    time_types._check_not_ahead: _add("At most 24 hours after the message is published."),
    time_types._check_expiry: _add(
        f"At most {time_types.MAX_VALIDITY.days} days after the message is published."
    ),
    field_types._check_filled: _add(minItems=1),
    time_types._add_time_zone: _add("Without an offset, in the shop's time zone."),
    field_types._to_whole: _add(),
    field_types._blank_to_none: _may_be_blank,
    field_types.normalize_text: _add(),
    field_types._check_printable: _add(
        "Printable characters; white space around them is removed.", pattern=FILLED
    ),
    field_types._check_displayable: _add(
        "No control characters; white space around it is removed.", pattern=FILLED
    ),
    currencies.check_currency_code: _add("ISO 4217.", pattern="^[A-Z]{3}$"),
    inventory.Reservation._check_filled.__func__: _add("May be empty for RESERVED and BACKORDERED only."),  # type: ignore[attr-defined]  # pydantic wraps it
    order_cancel._sort_lines: _add("In any order."),
    short._read_severity: lambda _: {"type": "string"},
    substitution._round_percentage: _number("15 means 15 %.", "%", 10**15),
}
"""What each validator of the contracts means in JSON Schema. A new one needs its entry here."""


class UnknownValidator(LookupError):
    """A contract uses a validator without an entry in VALIDATORS."""


class _Generator(GenerateJsonSchema):
    """Describe validators and fields, which pydantic's own generator leaves out."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        return _change(schema)(super().function_before_schema(schema))

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        return _change(schema)(super().function_after_schema(schema))

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        model: type[Contract] = schema["cls"]
        docstrings = field_docstrings(model)
        for name, info in model.model_fields.items():
            field = described["properties"][info.alias or name]
            rule = field.get("description", "")
            field["description"] = " ".join(filter(None, (docstrings.get(name, ""), rule)))
        return described


def payload_schema(contract: type[Contract]) -> Schema:
    """Return the schema of a contract's payload, its fields that come with attributes included."""
    raw = contract.model_json_schema(by_alias=True, mode="validation", schema_generator=_Generator)
    return inline(raw, raw.get("$defs", {}))


def _change(schema: Mapping[str, Any]) -> Change:
    function = schema["function"]["function"]
    function = getattr(function, "__func__", function)
    try:
        return VALIDATORS[function]
    except KeyError:
        place = f"{function.__module__}.{function.__qualname__}"
        raise UnknownValidator(f"{place} has no entry in VALIDATORS of {__name__}") from None
