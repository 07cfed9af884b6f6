"""Samples with the names and labels of Cloud Monitoring's PromQL."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from itertools import accumulate
from typing import Any

from tests.lab.stack.monitoring_rules import SeriesKey


@dataclass(frozen=True, slots=True)
class Sample:
    """A value of a series at a UNIX time."""

    name: str
    labels: Mapping[str, str]
    value: float
    at: float


def promql_name(metric: str) -> str:
    """Return the PromQL name of a metric: domain and path, joined by a colon.

    https://cloud.google.com/monitoring/promql/promql-mapping
    """
    domain, _, path = metric.partition("/")
    return f"{re.sub(r'[^a-zA-Z0-9]', '_', domain)}:{re.sub(r'[^a-zA-Z0-9]', '_', path)}"


def samples(key: SeriesKey, point: Any) -> Iterator[Sample]:
    """Yield the PromQL samples of a point of a function's metric: one, or all of a histogram."""
    name = promql_name(key.metric)
    labels = key.label | dict(key.resource) | {"monitored_resource": "generic_task"}
    at = point.interval.end_time.ToDatetime(UTC).timestamp()
    if point.value.WhichOneof("value") == "distribution_value":
        yield from _histogram(name, labels, point.value.distribution_value, at)
    else:
        yield Sample(name, labels, point.value.int64_value, at)


def _histogram(name: str, labels: Mapping[str, str], distribution: Any, at: float) -> Iterator[Sample]:
    bounds = [*distribution.bucket_options.explicit_buckets.bounds, math.inf]
    for bound, count in zip(bounds, accumulate(distribution.bucket_counts), strict=True):
        le = "+Inf" if bound == math.inf else f"{bound:g}"
        yield Sample(f"{name}_bucket", {**labels, "le": le}, count, at)
    yield Sample(f"{name}_count", labels, distribution.count, at)
    yield Sample(f"{name}_sum", labels, distribution.mean * distribution.count, at)
