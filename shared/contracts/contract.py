"""The base of every contract: it reads JSON and reports violations."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple, Self

import jiter
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import SchemaValidator

from shared.contracts.time_types import Publication
from shared.errors import ContractViolation

NOT_JSON = "data: must be JSON in UTF-8, without duplicate keys, NaN or Infinity"
NOT_AN_OBJECT = "data: must be a JSON object"

MAX_REPORTED_ERRORS = 20
"""The most violations in one error text; the text counts the others."""

MAX_THOROUGH_BYTES = 64 * 1024
"""The largest payload with an error text about every item and rule: others may have millions of items."""


class Parsing(NamedTuple):
    """What a payload's fields are validated with."""

    publication: Publication | None
    decimals: int
    """How many decimals the currency of the payload's amounts has."""


class Contract(BaseModel):
    """A message's payload: strict about its own fields; fields that producers add are ignored."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        strict=True,
        extra="ignore",
        alias_generator=to_camel,
        validate_by_name=False,
        validate_by_alias=True,
        hide_input_in_errors=True,
    )

    contract_version: ClassVar[str] = "1.0"
    """The version of its published schema. Messages of another major version are rejected."""

    ordering_field: ClassVar[str] = "orderId"
    """The field of the payload that producers use as the ordering key."""

    attribute_fields: ClassVar[frozenset[str]] = frozenset()
    """Names of fields that are read from the message's attributes instead of its data."""

    unhashed_fields: ClassVar[frozenset[str]] = frozenset()
    """Names of fields that the last release lacks: without them in fingerprints, both releases agree."""

    @classmethod
    def parse(
        cls, data: bytes, attributes: Mapping[str, str], publication: Publication | None = None
    ) -> Self:
        """Validate a JSON payload; numbers become exact decimals, and `publication` bounds the times.

        Raises ContractViolation with every field and the rule it breaks, without values.
        """
        from_attributes = {name: attributes[name] for name in cls.attribute_fields & attributes.keys()}
        try:
            payload = {**_json_object(data), **from_attributes}
            parsing = Parsing(publication, cls.amount_decimals(payload))
            return cls.model_validate(payload, context=parsing)
        except ValidationError as invalid:
            if len(data) > MAX_THOROUGH_BYTES:
                raise ContractViolation(_explain(invalid)) from None
            complete = _find_all_violations(cls, payload, parsing) or invalid
            raise ContractViolation(_explain(complete, cls.broken_rules(payload, parsing))) from None

    @classmethod
    def amount_decimals(cls, payload: Mapping[str, Any]) -> int:  # noqa: ARG003 - for contracts with a currency
        """Return how many decimals the payload's amounts may have."""
        return 2

    @classmethod
    def broken_rules(cls, payload: Mapping[str, Any], parsing: Parsing) -> Sequence[str]:  # noqa: ARG003
        """Return the broken business rules of an invalid payload, of those with valid fields."""
        return ()

    def fingerprint(self) -> str:
        """Hash the canonical content of the fields; white space, key order and other fields do not count."""
        return _hash(self.canonical(), self.unhashed_fields)

    def has_fingerprint(self, fingerprint: str) -> bool:
        """Return whether a claim's fingerprint is this message's, also as earlier releases hashed it."""
        return fingerprint == self.fingerprint() or fingerprint == _hash(self)

    def canonical(self) -> Self:
        """Return the content that identifies the message: numbered lists sorted, words for people omitted."""
        return self


def _hash(contract: Contract, unhashed: frozenset[str] = frozenset()) -> str:
    exclude = {*unhashed} or None
    written = contract.__pydantic_serializer__.to_json(contract, by_alias=True, exclude=exclude)
    return sha256(written).hexdigest()[:32]


def _json_object(data: bytes) -> Mapping[str, Any]:
    try:
        parsed = jiter.from_json(
            data, float_mode="decimal", allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys"
        )
    except ValueError:
        raise ContractViolation(NOT_JSON) from None
    if not isinstance(parsed, dict):
        raise ContractViolation(NOT_AN_OBJECT)
    return parsed


def _find_all_violations(
    contract: type[Contract], payload: Mapping[str, Any], parsing: Parsing
) -> ValidationError | None:
    """Validate a small payload again, without an end at the first invalid item of a list."""
    try:
        _thorough_validator(contract).validate_python(payload, context=parsing)
    except ValidationError as complete:
        return complete
    return None


@cache
def _thorough_validator(contract: type[Contract]) -> SchemaValidator:
    """Validate the fields without the model around them: pydantic would reuse the validator of the model."""
    model: Any = contract.__pydantic_core_schema__
    return SchemaValidator(_without_fail_fast(model["schema"]), model["config"])


def _without_fail_fast(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {name: _without_fail_fast(each) for name, each in schema.items() if name != "fail_fast"}
    return [_without_fail_fast(each) for each in schema] if isinstance(schema, list) else schema


def _explain(invalid: ValidationError, broken_rules: Sequence[str] = ()) -> str:
    errors = invalid.errors(include_input=False, include_context=False, include_url=False)
    found = [*(f"{_path(error['loc'])}: {_rule(error)}" for error in errors), *broken_rules]
    reported = found[:MAX_REPORTED_ERRORS]
    more = len(found) - len(reported)
    return "; ".join(reported) + (f"; and {more} more" if more else "")


def _rule(error: Mapping[str, Any]) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


def _path(location: Iterable[int | str]) -> str:
    return ".".join(str(step) for step in location) or "data"
