"""Stock of one sku at one location."""

from datetime import UTC, datetime

from msgspec.structs import replace

from shared.domain.departures import Departures, epoch_second
from shared.domain.refs import Ref, stock_ref
from shared.domain.value import Value

BEFORE_EVERY_COUNT = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of stock without a count: any count is newer."""


class Stock(Value):
    """Units of one sku at one location: counted by the warehouse, promised to orders, waited for."""

    location_id: str
    sku: str
    on_hand: int
    reserved: int
    updated_at: datetime
    """When the warehouse counted; BEFORE_EVERY_COUNT where it has not yet."""
    waiting: int = 0
    """Units that orders wait for. While there are any, further requests wait behind them."""
    departures: Departures = Departures()
    overdrawn: int = 0
    """Units that left although the count did not have them; `on_hand` is 0 then."""

    @property
    def available(self) -> int:
        """Return how many units may still be promised; below zero where promises were forced."""
        return self.on_hand - self.reserved

    @property
    def to_allocate(self) -> int:
        """Return how many units are free while orders wait for them."""
        return max(0, min(self.available, self.waiting))

    def free_units(self, wanted: int) -> int:
        """Return how many of the units a request may take: none while others wait."""
        return 0 if self.waiting else max(0, min(wanted, self.available))

    @property
    def ref(self) -> Ref:
        """Name the document this stock is kept in."""
        return stock_ref(self.location_id, self.sku)

    def with_departure(self, at: datetime, units: int) -> "Stock":
        """Subtract units that left after the last count; a number below zero adds units again."""
        if epoch_second(at) <= epoch_second(self.updated_at):
            return self
        changed = self._with_units(self.on_hand - self.overdrawn - units)
        return replace(changed, departures=self.departures.add(at, units))

    def with_count(self, on_hand: int, at: datetime) -> "Stock":
        """Replace the count; what left after it is subtracted, what is promised stays promised."""
        left = self.departures.after(at)
        return replace(self._with_units(on_hand - left.total), updated_at=at, departures=left)

    def _with_units(self, units: int) -> "Stock":
        return replace(self, on_hand=max(0, units), overdrawn=max(0, -units))

    @property
    def counted(self) -> int:
        """Return the last count; too low where departures after it are no longer remembered."""
        return self.on_hand - self.overdrawn + self.departures.total

    def knows_departures_since(self, at: datetime) -> bool:
        """Return whether every departure after a time is recorded."""
        return epoch_second(at) >= self.departures.dropped_until
