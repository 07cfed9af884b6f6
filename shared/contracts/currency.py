"""The field type of a currency."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from shared.contracts.field_types import normalize_text
from shared.domain.currencies import check_currency_code

Currency = Annotated[str, BeforeValidator(normalize_text), AfterValidator(check_currency_code)]
"""A currency by its three letters, ISO 4217."""
