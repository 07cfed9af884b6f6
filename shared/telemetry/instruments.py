"""Counters and histograms of totals that only grow: a lost export loses nothing."""

from bisect import bisect_right
from dataclasses import dataclass, field

Labels = tuple[str, ...]
"""Values in the order of the instrument's label names."""

BUCKET_BOUNDS_MS = (
    *(1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0),
    *(125.0, 150.0, 200.0, 300.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0, 30000.0, 60000.0),
)
"""Upper bounds of buckets in milliseconds, fine up to the target of 100 ms (requirements 12.1)."""


class Counter:
    """Count events by their labels.

    Attributes:
        values: the count of each combination of labels seen.
    """

    def __init__(self, name: str, label_names: Labels) -> None:
        """Name the metric and its labels."""
        self.name = name
        self.label_names = label_names
        self.values: dict[Labels, int] = {}

    def declare(self, labels: Labels) -> None:
        """Start a series at zero: the first event is a rise only over an earlier point."""
        self.values.setdefault(labels, 0)

    def add(self, labels: Labels) -> None:
        """Count one event."""
        self.values[labels] = self.values.get(labels, 0) + 1


@dataclass(slots=True)
class Distribution:
    """The values of one series of a histogram; `buckets` has one more place than there are bounds."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKET_BOUNDS_MS) + 1))
    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def mean(self) -> float:
        """Return the mean of the values, 0 if there are none."""
        return self.total / self.count if self.count else 0.0

    @property
    def squared_deviation(self) -> float:
        """Return the sum of squared distances from the mean."""
        return max(0.0, self.squares - self.total * self.mean)


class Histogram:
    """Measure durations in milliseconds by their labels.

    Attributes:
        values: the distribution of each combination of labels seen.
    """

    def __init__(self, name: str, label_names: Labels) -> None:
        """Name the metric and its labels."""
        self.name = name
        self.label_names = label_names
        self.values: dict[Labels, Distribution] = {}

    def record(self, labels: Labels, milliseconds: float) -> None:
        """Add one duration; a value on a bound belongs to the bucket above it, as in Cloud Monitoring."""
        distribution = self.values.get(labels)
        if distribution is None:
            distribution = self.values[labels] = Distribution()
        distribution.buckets[bisect_right(BUCKET_BOUNDS_MS, milliseconds)] += 1
        distribution.count += 1
        distribution.total += milliseconds
        distribution.squares += milliseconds * milliseconds
