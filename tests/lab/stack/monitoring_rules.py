"""Cloud Monitoring's rules for the points of custom metrics."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from google.api.metric_pb2 import MetricDescriptor

MAX_SERIES = 200
MAX_LABELS = 30
RESOURCE_LABELS = {"generic_task": {"project_id", "location", "namespace", "job", "task_id"}}
OLDEST, NEWEST = timedelta(hours=25), timedelta(minutes=5)
VALUES = {
    MetricDescriptor.INT64: "int64_value",
    MetricDescriptor.DOUBLE: "double_value",
    MetricDescriptor.DISTRIBUTION: "distribution_value",
}


class SeriesKey(NamedTuple):
    """The identity of a series."""

    metric: str
    labels: frozenset[tuple[str, str]]
    resource: frozenset[tuple[str, str]]

    @property
    def label(self) -> dict[str, str]:
        """Return the metric's labels by name."""
        return dict(self.labels)


def series_key(series: Any) -> SeriesKey:
    """Return the key of a series."""
    labels, resource = series.metric.labels, series.resource.labels
    return SeriesKey(series.metric.type, frozenset(labels.items()), frozenset(resource.items()))


def find_request_problems(request: Any) -> list[str]:
    """Return the reasons to refuse a whole request."""
    return [*_request_problems(request), *(each for s in request.time_series for each in _series_problems(s))]


def find_placement_problem(
    point: Any, before: Sequence[Any], *, now: datetime, shortest_gap: timedelta
) -> str | None:
    """Return the reason why a point must not follow the earlier points of its series, or None."""
    start, end = _times(point)
    if not now - OLDEST <= end <= now + NEWEST:
        return "Data points cannot be written more than 25h in the past or 5m in the future"
    if not before:
        return None
    last_start, last_end = _times(before[-1])
    if end <= last_end:
        return "Points must be written in order"
    if end - last_end < shortest_gap:
        return "Points were written more frequently than the maximum sampling period configured"
    if last_start != start and start < last_end:
        return "The new start time must be no earlier than the most recent point's end time"
    return None


def _request_problems(request: Any) -> Iterator[str]:
    if not request.name.startswith("projects/"):
        yield "name must be projects/PROJECT"
    if not 0 < len(request.time_series) <= MAX_SERIES:
        yield f"a request takes 1 to {MAX_SERIES} TimeSeries"
    if any(count > 1 for count in Counter(map(series_key, request.time_series)).values()):
        yield "Duplicate TimeSeries encountered. Only one point can be written per TimeSeries per request"


def _series_problems(series: Any) -> Iterator[str]:
    if not series.metric.type.startswith("custom.googleapis.com/"):
        yield "metric.type must have a writable prefix"
    if set(series.resource.labels) != RESOURCE_LABELS.get(series.resource.type):
        yield f"resource.type {series.resource.type} lacks labels, or has others"
    if len(series.metric.labels) > MAX_LABELS:
        yield f"a metric has at most {MAX_LABELS} labels"
    if len(series.points) != 1:
        yield "a TimeSeries carries exactly one point"
        return
    yield from _point_problems(series)


def _point_problems(series: Any) -> Iterator[str]:
    point = series.points[0]
    start, end = _times(point)
    if series.metric_kind == MetricDescriptor.CUMULATIVE and start >= end:
        yield "a CUMULATIVE point's start time must be before its end time"
    if point.value.WhichOneof("value") != VALUES.get(series.value_type):
        yield "the value is not of the metric's value_type"
    if series.value_type == MetricDescriptor.DISTRIBUTION:
        yield from _distribution_problems(point.value.distribution_value)


def _distribution_problems(distribution: Any) -> Iterator[str]:
    bounds = [*distribution.bucket_options.explicit_buckets.bounds]
    if bounds != sorted(set(bounds)):
        yield "bucket bounds must increase"
    if len(distribution.bucket_counts) > len(bounds) + 1:
        yield "there are more bucket_counts than buckets"
    if sum(distribution.bucket_counts) != distribution.count:
        yield "bucket_counts must add up to count"
    if distribution.count == 0 and (distribution.mean or distribution.sum_of_squared_deviation):
        yield "an empty distribution has no mean"


def _times(point: Any) -> tuple[datetime, datetime]:
    interval = point.interval
    return interval.start_time.ToDatetime(UTC), interval.end_time.ToDatetime(UTC)
