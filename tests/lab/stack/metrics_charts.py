"""Charts computed from cumulative points, as a dashboard would show them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from itertools import accumulate, pairwise
from typing import Any

from tests.lab.stack.monitoring_rules import SeriesKey

STEP_S = 10
STEPS = 90
"""Steps of a chart, together 15 minutes."""

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
Points = Mapping[SeriesKey, Sequence[Any]]


def times(now: float) -> list[float]:
    """Return the ends of the steps as UNIX times; the last one is at most one step ago."""
    last = now // STEP_S * STEP_S
    return [last - STEP_S * back for back in reversed(range(STEPS))]


def throughput(points: Points, ends: Sequence[float]) -> dict[str, list[float]]:
    """Return deliveries per second by outcome, without those of dead-letter subscriptions."""
    counted = [
        (key.label["result"], each) for key, each in _of(points, "message_count") if _is_consumer_topic(key)
    ]
    return {name: [each / STEP_S for each in line] for name, line in _sum_by_name(counted, ends).items()}


def dead_letters(points: Points, ends: Sequence[float]) -> dict[str, list[float]]:
    """Return dead letters in each step, by error type."""
    return _sum_by_name([(key.label["error_type"], each) for key, each in _of(points, "dlq_messages")], ends)


def latency(points: Points, ends: Sequence[float]) -> dict[str, list[float | None]]:
    """Return quantiles of the handler's time in milliseconds; None in steps without deliveries."""
    series = [each for key, each in _of(points, "message_processing_time") if _is_consumer_topic(key)]
    bounds: Sequence[float] = ()
    steps: list[list[float]] = [[] for _ in ends]
    for each in series:
        bounds = each[-1].value.distribution_value.bucket_options.explicit_buckets.bounds
        for bucket in range(len(bounds) + 1):
            values = [point.value.distribution_value.bucket_counts[bucket] for point in each]
            for step, increase in zip(steps, _increases(each, values, ends), strict=True):
                step.extend([0.0] * (bucket + 1 - len(step)))
                step[bucket] += increase
    return {name: [quantile(share, step, bounds) for step in steps] for name, share in QUANTILES.items()}


def quantile(share: float, buckets: Sequence[float], bounds: Sequence[float]) -> float | None:
    """Estimate a quantile from histogram buckets, as Prometheus does."""
    total = sum(buckets)
    if not total:
        return None
    for (below, upto), (low, high) in zip(
        pairwise(accumulate(buckets, initial=0)), pairwise([0.0, *bounds]), strict=False
    ):
        if upto >= share * total:
            return low + (high - low) * (share * total - below) / (upto - below)
    return bounds[-1]


def totals(points: Points) -> dict[str, dict[str, int]]:
    """Return deliveries since the stack started, by subscription and outcome."""
    counted: dict[str, dict[str, int]] = {}
    for key, series in _of(points, "message_count"):
        results = counted.setdefault(key.label["subscription"], {})
        result = key.label["result"]
        results[result] = results.get(result, 0) + series[-1].value.int64_value
    return counted


def sampled(
    samples: Iterable[tuple[float, Mapping[str, int]]], ends: Sequence[float]
) -> dict[str, list[int]]:
    """Return each gauge at the end of each step; 0 before its first sample."""
    values: dict[str, list[int]] = {}
    for at, sample in samples:
        for name, value in sample.items():
            line = values.setdefault(name, [0] * len(ends))
            line[:] = [value if end >= at else old for end, old in zip(ends, line, strict=True)]
    return values


def _is_consumer_topic(key: SeriesKey) -> bool:
    return not key.label["topic"].endswith("-dlq")


def _of(points: Points, metric: str) -> list[tuple[SeriesKey, Sequence[Any]]]:
    return [(key, series) for key, series in points.items() if key.metric.endswith(f"/{metric}")]


def _sum_by_name(named: Iterable[tuple[str, Sequence[Any]]], ends: Sequence[float]) -> dict[str, list[float]]:
    """Return the sum of the increases of all counters of a name, in each step."""
    lines: dict[str, list[float]] = {}
    for name, series in named:
        increases = _increases(series, [point.value.int64_value for point in series], ends)
        before = lines.get(name, [0.0] * len(ends))
        lines[name] = [one + other for one, other in zip(before, increases, strict=True)]
    return lines


def _increases(series: Sequence[Any], values: Sequence[float], ends: Sequence[float]) -> list[float]:
    """Return the increase of a cumulative value in each step; 0 before its first point."""
    at = [point.interval.end_time.ToDatetime(UTC).timestamp() for point in series]
    levels, position = [], -1
    for end in [ends[0] - STEP_S, *ends]:
        while position + 1 < len(at) and at[position + 1] <= end:
            position += 1
        levels.append(values[position] if position >= 0 else 0.0)
    return [after - before for before, after in pairwise(levels)]
