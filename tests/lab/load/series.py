"""Arithmetic over the times of a run: percentiles, and numbers by second."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

Sample = tuple[float, float]
"""Seconds since the start of the run, and a value."""


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99; an empty result for fewer than two values."""
    if len(values) < 2:
        return {}
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {f"p{each}": round(cuts[each - 1], 1) for each in (50, 95, 99)}


def per_second(moments: Iterable[float], seconds: int) -> list[int]:
    """Return the number of events in each second of the run; events outside the run do not count."""
    counted = Counter(int(moment) for moment in moments)
    return [counted[second] for second in range(seconds)]


def waiting(arrived: Iterable[float], ended: Iterable[float], seconds: int) -> list[int]:
    """Return the number of messages that arrived and were unfinished at the end of each second."""
    came, went = per_second(arrived, seconds), per_second(ended, seconds)
    lag, total = [], 0
    for each in range(seconds):
        total += came[each] - went[each]
        lag.append(total)
    return lag


def over_time(samples: Iterable[Sample], cut: int) -> tuple[list[int], list[float]]:
    """Return the seconds with samples, and the percentile `cut` of each second's values."""
    grouped: defaultdict[int, list[float]] = defaultdict(list)
    for at, value in samples:
        grouped[int(at)].append(value)
    seconds = sorted(grouped)
    return seconds, [_cut(grouped[second], cut) for second in seconds]


def _cut(values: Sequence[float], cut: int) -> float:
    if len(values) < 2:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[cut - 1]
