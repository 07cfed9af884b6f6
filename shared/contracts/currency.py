"""Currencies and their minor units, by ISO 4217."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

import iso4217
from pydantic import AfterValidator, BeforeValidator

from shared.contracts.field_types import normalized

CURRENCY_DECIMALS: Final[Mapping[str, int]] = MappingProxyType(
    {each.code: each.exponent for each in iso4217.Currency if each.exponent is not None}
)
"""Digits behind the point of one unit, by the currency's three letters. Metals and test codes have none."""


def _known(code: str) -> str:
    if code not in CURRENCY_DECIMALS:
        raise ValueError("must be a currency of ISO 4217")
    return code


Currency = Annotated[str, BeforeValidator(normalized), AfterValidator(_known)]
"""A currency by its three letters, ISO 4217."""
