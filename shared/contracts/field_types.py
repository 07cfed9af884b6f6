"""Field types of the contracts: what JSON may hold, and what it becomes. `time_types` has those of times."""

import re
from collections.abc import Callable
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from unicodedata import normalize

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationInfo

from shared.domain.currencies import check_currency_code

_EXACT = Context(prec=16, Emax=15, Emin=-16, traps=[Inexact, InvalidOperation, Overflow])
"""Refuses instead of rounding. Sixteen digits hold any order, and fit Firestore's integers."""

_DISGUISING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and Unicode's bidirectional controls, by which a text looks like another one."""

MAX_DECIMALS = 4
"""No currency of ISO 4217 has more."""


_NUMBERS = (Decimal, int)
"""The types of JSON numbers. A boolean is not one of them, although `bool` is a subclass of `int`."""


def _build_scaler(places: int) -> Callable[[Any], int]:
    """Return a converter from a JSON number to an integer of a unit 10^places smaller, exactly."""
    unit, multiply, whole = Decimal(10) ** places, _EXACT.multiply, _EXACT.to_integral_exact

    def scale(value: Any) -> int:
        if value.__class__ not in _NUMBERS:
            raise ValueError("must be a number")
        try:
            return int(whole(multiply(value, unit)))
        except (Overflow, InvalidOperation):
            raise ValueError(f"must have at most {_EXACT.prec} digits") from None
        except Inexact:
            raise ValueError(f"must have at most {places} decimals") from None

    return scale


_SCALES = {decimals: _build_scaler(decimals) for decimals in range(MAX_DECIMALS + 1)}
_to_grams = _build_scaler(3)


def _to_minor(value: Any, info: ValidationInfo) -> int:
    """Convert an amount to minor units of the currency that the contract put into the context."""
    return _SCALES[info.context.decimals if info.context else 2](value)


def _check_amount(value: Any) -> Decimal:
    """Check an amount that becomes minor units once its order, and so its currency, is known."""
    if value.__class__ not in _NUMBERS:
        raise ValueError("must be a number")
    amount = Decimal(value)
    try:
        _EXACT.multiply(amount, 100)
    except (Inexact, Overflow, InvalidOperation):
        raise ValueError(f"must have at most {_EXACT.prec} digits") from None
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -MAX_DECIMALS:
        raise ValueError(f"must have at most {MAX_DECIMALS} decimals")
    return amount


def _write_hundredths(amount: Decimal) -> int | str:
    """Write an amount the way fingerprints of earlier releases hold it; trailing zeros do not count."""
    hundredths = (amount * 100).normalize()
    return int(hundredths) if hundredths == hundredths.to_integral_value() else str(hundredths)


def _to_whole(value: Any) -> Any:
    """Read 3.0 and 3e0 as 3: JSON Schema counts them among the integers."""
    if value.__class__ is not Decimal:
        return value
    try:
        return int(_EXACT.to_integral_exact(_EXACT.plus(value)))
    except (Overflow, InvalidOperation):
        raise ValueError(f"must have at most {_EXACT.prec} digits") from None
    except Inexact:
        raise ValueError("must be a whole number") from None


def normalize_text(value: Any) -> Any:
    """Write equal texts alike: composed characters (NFC), no white space around them."""
    return normalize("NFC", value).strip() if isinstance(value, str) else value


def _check_displayable(value: str) -> str:
    found = _DISGUISING.search(value)
    if found:
        raise ValueError(
            "must hold no control characters, and none that turn the direction of writing, "
            f"such as {_name_code_point(found[0])}"
        )
    return value


def _check_printable(value: str) -> str:
    if not value.isprintable():
        offending = next(each for each in value if not each.isprintable())
        raise ValueError(f"must have printable characters only, without {_name_code_point(offending)}")
    return value


def _name_code_point(character: str) -> str:
    return f"U+{ord(character):04X}"


def _blank_to_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _check_filled(value: Any) -> Any:
    if value == []:
        raise ValueError("must not be empty")
    return value


Item = TypeVar("Item")

NonEmpty = Annotated[tuple[Item, ...], Field(strict=False, fail_fast=True), BeforeValidator(_check_filled)]
"""A list with at least one item; the first wrong one ends the search: there may be millions."""

Member = TypeVar("Member", bound=StrEnum)

_NormalizedText = BeforeValidator(normalize_text)

Enumerated = Annotated[Member, Field(strict=False), _NormalizedText]
"""A member of an enumeration, by its value."""

Money = Annotated[int, Field(ge=0), BeforeValidator(_to_minor)]
"""An amount that is zero or more, as an integer of minor units of the context's currency."""

Currency = Annotated[str, _NormalizedText, AfterValidator(check_currency_code)]
"""A currency by its three letters, ISO 4217."""

Amount = Annotated[Decimal, Field(ge=0), BeforeValidator(_check_amount), PlainSerializer(_write_hundredths)]
"""An amount that is zero or more, in the currency of its order."""

SignedAmount = Annotated[Decimal, BeforeValidator(_check_amount), PlainSerializer(_write_hundredths)]
"""An amount in the currency of its order."""

Weight = Annotated[int, Field(gt=0), BeforeValidator(_to_grams)]
"""A weight in kilograms with at most three decimals, as an integer of grams."""

Quantity = Annotated[int, Field(gt=0, le=1_000_000), BeforeValidator(_to_whole)]
"""Units of a sku: one to a million."""

Count = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(_to_whole)]
"""Units of a sku: none to a million."""

LineNumber = Annotated[int, Field(gt=0, le=1_000_000), BeforeValidator(_to_whole)]
"""The number of an order's line."""

Identifier = Annotated[
    str, Field(min_length=1, max_length=128), _NormalizedText, AfterValidator(_check_printable)
]
"""A business id: up to 128 printable characters."""

CompoundIdentifier = Annotated[
    str, Field(min_length=1, max_length=512), _NormalizedText, AfterValidator(_check_printable)
]
"""An id made of business ids: up to 512 printable characters."""

Name = Annotated[
    str, Field(min_length=1, max_length=128), _NormalizedText, AfterValidator(_check_displayable)
]
"""A name for people, in any script: a carrier's."""

Text = Annotated[
    str, Field(min_length=1, max_length=1000), _NormalizedText, AfterValidator(_check_displayable)
]
"""Words for people, in any script: a reason."""

OptionalText = Annotated[Text | None, BeforeValidator(_blank_to_none)]
"""Words for people that may be missing; blank ones are."""
