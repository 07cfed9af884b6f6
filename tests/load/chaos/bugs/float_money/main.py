"""Payments whose amounts go through a float on their way to minor units."""

from typing import Any

from shared.messages import types


def scaled(value: Any, places: int) -> int:
    """Multiply as it is often written."""
    return int(float(value) * 10**places)


types._scaled = scaled  # the bug, in place before contracts are built

from functions.payment.main import handle  # noqa: E402  # as above

__all__ = ["handle"]
