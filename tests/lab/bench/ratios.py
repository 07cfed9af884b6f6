"""Ratios with their spread, computed round by round."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from tests.lab.bench.measure import Sample, Samples


@dataclass(frozen=True)
class Ratio:
    """The median over the rounds, with the least and the greatest."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, tops: Sequence[float], bottoms: Sequence[float]) -> "Ratio":
        """Divide round by round."""
        ratios = [top / bottom for top, bottom in zip(tops, bottoms, strict=True)]
        return cls(*(round(each, 3) for each in (statistics.median(ratios), min(ratios), max(ratios))))

    def __str__(self) -> str:
        """Show the median with the spread."""
        return f"{self.median:.2f} ({self.least:.2f} to {self.greatest:.2f})"


def cpu(samples: Samples, top: str, bottom: str) -> Ratio:
    """Compare processor time per message."""
    return _compare(samples, top, bottom, lambda sample: sample.cpu_ms)


def throughput(samples: Samples, top: str, bottom: str) -> Ratio:
    """Compare messages a second."""
    return _compare(samples, top, bottom, lambda sample: sample.throughput)


def _compare(samples: Samples, top: str, bottom: str, value: Callable[[Sample], float]) -> Ratio:
    return Ratio.of([*map(value, samples[top])], [*map(value, samples[bottom])])


def summary(samples: Samples) -> dict[str, dict[str, float | list[float]]]:
    """Return the medians of each variant."""
    return {name: _median(each) for name, each in samples.items()}


def _median(samples: Sequence[Sample]) -> dict[str, float | list[float]]:
    columns = [asdict(each) for each in samples]
    names = ("cpu_ms", "throughput", "server_share", "load_share")
    medians: dict[str, float | list[float]] = {
        name: round(statistics.median(each[name] for each in columns), 3) for name in names
    }
    latencies = zip(*(each.latencies_ms for each in samples), strict=True)
    return medians | {"latencies_ms": [round(statistics.median(each), 1) for each in latencies]}
