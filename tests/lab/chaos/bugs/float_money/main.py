"""Payments whose amounts go through a float on their way to minor units."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from shared.contracts import field_types as types


def minor(value: Any) -> int:
    """Multiply as it is often written."""
    return int(float(value) * 100)


# The bug, in place before contracts are built of it.
types.PositiveMoney = Annotated[int, Field(gt=0), BeforeValidator(minor)]  # type: ignore[assignment]

from functions.payment.main import handle  # noqa: E402  # as above

__all__ = ["handle"]
