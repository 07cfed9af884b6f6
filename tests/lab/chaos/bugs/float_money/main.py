"""Payments with amounts that are converted through a float."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator

from shared.contracts import field_types


def amount(value: Any) -> Decimal:
    """Convert through a float, as careless code does."""
    return Decimal(int(float(value) * 100)) / 100


# The bug, in place before contracts are built of it.
field_types.Amount = Annotated[Decimal, BeforeValidator(amount)]  # type: ignore[assignment]

from functions.payment.main import handle  # noqa: E402  # as above

__all__ = ["handle"]
