"""The field type of a currency."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from shared.contracts.field_types import normalized
from shared.domain.currencies import CURRENCY_DECIMALS


def _known(code: str) -> str:
    if code not in CURRENCY_DECIMALS:
        raise ValueError("must be a currency of ISO 4217")
    return code


Currency = Annotated[str, BeforeValidator(normalized), AfterValidator(_known)]
"""A currency by its three letters, ISO 4217."""
