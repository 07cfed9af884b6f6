"""Stock where a late count overwrites the departures that happened after it."""

from datetime import datetime

from msgspec.structs import replace

from functions.inventory.main import handle
from shared.domain.stock import Stock

__all__ = ["handle"]


def with_count(self: Stock, on_hand: int, at: datetime) -> Stock:
    """Store a count without subtracting later departures."""
    return replace(self, on_hand=on_hand, updated_at=at)


Stock.with_count = with_count  # type: ignore[method-assign]  # the bug
