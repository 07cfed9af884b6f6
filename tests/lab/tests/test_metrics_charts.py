"""The charts of the local stack are computed correctly from cumulative points."""

from typing import Any

import pytest
from google.cloud.monitoring_v3.types import common, metric

from tests.lab.stack import metrics_charts as charts
from tests.lab.stack.monitoring_rules import SeriesKey

ENDS = [10.0, 20.0, 30.0]
Point = metric.Point.pb()


def series(name: str, **labels: str) -> SeriesKey:
    """Return a series key."""
    return SeriesKey(f"custom.googleapis.com/{name}", frozenset(labels.items()), frozenset())


def count(at: int, value: int) -> Any:
    """Return a point of a counter."""
    return Point(interval={"end_time": {"seconds": at}}, value=common.TypedValue.pb()(int64_value=value))


def test_steps_end_now() -> None:
    """The steps cover the last 15 minutes in steps of 10 s."""
    ends = charts.times(1000.0 + 7)

    assert (ends[-1], len(ends), ends[1] - ends[0]) == (1000.0, 90, 10.0)


def test_throughput_sums_all_instances() -> None:
    """Counters of one outcome are summed over instances; dead-letter subscriptions are left out."""
    points = {
        series("message_count", topic="a", result="processed", task="1"): [count(5, 0), count(15, 20)],
        series("message_count", topic="a", result="processed", task="2"): [count(5, 10), count(25, 40)],
        series("message_count", topic="a-dlq", result="processed"): [count(5, 1000)],
    }

    assert charts.throughput(points, ENDS) == {"processed": [1.0, 2.0, 3.0]}


@pytest.mark.parametrize(
    ("share", "buckets", "expected"),
    [
        (0.5, [0, 0, 0], None),
        (0.5, [10, 0, 0], 5.0),
        (0.5, [0, 10, 0], 15.0),
        (0.99, [50, 50, 0], 19.8),
        (0.99, [0, 0, 5], 20.0),
    ],
)
def test_a_quantile_lies_within_its_bucket(
    share: float, buckets: list[float], expected: float | None
) -> None:
    """Quantiles are interpolated as in Prometheus; above the last bound, the bound is the result."""
    assert charts.quantile(share, buckets, [10.0, 20.0]) == pytest.approx(expected)


def test_latency_is_empty_without_deliveries() -> None:
    """A step without deliveries has no quantile; the others have one."""

    def measured(at: int, *buckets: int) -> Any:
        point = Point(interval={"end_time": {"seconds": at}})
        distribution = point.value.distribution_value
        distribution.bucket_counts.extend(buckets)
        distribution.bucket_options.explicit_buckets.bounds.extend([10.0, 20.0])
        return point

    points = {series("message_processing_time", topic="a"): [measured(5, 4, 0, 0), measured(25, 4, 4, 0)]}

    assert charts.latency(points, ENDS)["p50"] == [5.0, None, 15.0]


def test_a_gauge_keeps_its_last_value() -> None:
    """Between samples a gauge keeps its value."""
    samples = [(5.0, {"sub": 3}), (22.0, {"sub": 0})]

    assert charts.sampled(samples, ENDS) == {"sub": [3, 3, 0]}
