"""Metrics data as requests of Cloud Monitoring.

Imported at the first export only: Google's types take longer to import than a message to process.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from google.api.metric_pb2 import MetricDescriptor
from google.cloud.monitoring_v3.types import metric, metric_service

from shared.telemetry.instruments import BUCKET_BOUNDS_MS, Distribution
from shared.telemetry.metrics_data import Instance, MetricsData, SeriesTotal

CreateTimeSeriesRequest = metric_service.CreateTimeSeriesRequest.pb()
TimeSeries = metric.TimeSeries.pb()

MAX_SERIES = 200
"""The most series that one request may carry."""

NAMESPACE = "order-events"


def build_requests(instance: Instance, data: MetricsData) -> Iterator[bytes]:
    """Yield requests that carry the data, with one point per series."""
    totals = data.totals
    for first in range(0, len(totals), MAX_SERIES):
        chunk = totals[first : first + MAX_SERIES]
        request = CreateTimeSeriesRequest(
            name=f"projects/{instance.project}",
            time_series=[_build_series(instance, each, data.at) for each in chunk],
        )
        yield request.SerializeToString()


def _build_series(instance: Instance, total: SeriesTotal, at: datetime) -> Any:
    series = TimeSeries(metric_kind=MetricDescriptor.CUMULATIVE)
    series.metric.type = f"custom.googleapis.com/{total.metric}"
    series.metric.labels.update(total.labels)
    series.resource.type = "generic_task"
    series.resource.labels.update(_resource_labels(instance))
    point = series.points.add()
    point.interval.start_time.FromDatetime(instance.started)
    point.interval.end_time.FromDatetime(at)
    if isinstance(total.value, Distribution):
        series.value_type = MetricDescriptor.DISTRIBUTION
        series.unit = "ms"
        _fill_distribution(point.value.distribution_value, total.value)
    else:
        series.value_type = MetricDescriptor.INT64
        point.value.int64_value = total.value
    return series


def _resource_labels(instance: Instance) -> dict[str, str]:
    return {
        "project_id": instance.project,
        "location": instance.location,
        "namespace": NAMESPACE,
        "job": instance.job,
        "task_id": instance.task_id,
    }


def _fill_distribution(wire: Any, distribution: Distribution) -> None:
    wire.count = distribution.count
    wire.mean = distribution.mean
    wire.sum_of_squared_deviation = distribution.squared_deviation
    wire.bucket_options.explicit_buckets.bounds.extend(BUCKET_BOUNDS_MS)
    wire.bucket_counts.extend(distribution.buckets)
