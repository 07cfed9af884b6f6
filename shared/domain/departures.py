"""Units of a sku that left a location recently: what a late count has to subtract.

A count is authoritative for its moment and may arrive a day late. Stock remembers what left, and of that
only what such a count needs:

- departures after the last count, because an older count is stale;
- departures of the 24 hours before the newest one;
- one entry per second, however many parcels leave in it: 86,400 entries at most.

Count and departure are compared by the second. A departure in the count's own second had left before.
"""

from datetime import UTC, datetime, timedelta

from shared.domain.value import Value

MAX_LATENESS_S = 86_400
"""A count may arrive this long after it was taken."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Departures(Value):
    """Units by the second they left in, oldest first."""

    units: tuple[tuple[int, int], ...] = ()
    """Pairs of a second since 1970 and the units that left in it."""
    dropped_until: int = 0
    """The newest second that was dropped; stock can't be computed from an older count."""

    def add(self, at: datetime, units: int) -> "Departures":
        """Add units that left; a number below zero takes some back. Drop those older than any count."""
        by_second = dict(self.units)
        by_second[epoch_second(at)] = by_second.get(epoch_second(at), 0) + units
        oldest = max(by_second) - MAX_LATENESS_S
        dropped = max((each for each in by_second if each < oldest), default=0)
        return Departures(
            units=tuple(sorted(each for each in by_second.items() if each[0] >= oldest and each[1])),
            dropped_until=max(self.dropped_until, dropped),
        )

    def after(self, count_at: datetime) -> "Departures":
        """Keep what left after a count."""
        counted = epoch_second(count_at)
        left = tuple(each for each in self.units if each[0] > counted)
        return Departures(units=left, dropped_until=self.dropped_until)

    @property
    def total(self) -> int:
        """Sum the units."""
        return sum(units for _, units in self.units)


def epoch_second(at: datetime) -> int:
    """Return the second since 1970 in which a time lies."""
    return (at - _EPOCH) // timedelta(seconds=1)
