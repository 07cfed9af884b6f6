"""The collected metrics in Prometheus's text format."""

import json
import math
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

from tests.lab.stack.metrics_charts import Points
from tests.lab.stack.monitoring_rules import SeriesKey

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LAG = "subscription_lag"


def exposition(points: Points, lag: Mapping[str, int]) -> str:
    """Return the last point of each series, and the relay's waiting messages by subscription."""
    lines: dict[str, list[str]] = {}
    for key, series in points.items():
        name = key.metric.rpartition("/")[2]
        lines.setdefault(name, [_type_line(name, series[-1].value)]).extend(
            _samples(name, key, series[-1].value)
        )
    if lag:
        samples = [_sample(LAG, {"subscription": name}, value) for name, value in lag.items()]
        lines[LAG] = [f"# TYPE {LAG} gauge", *samples]
    return "".join(f"{line}\n" for name in sorted(lines) for line in lines[name])


def _type_line(name: str, value: Any) -> str:
    kind = "histogram" if value.WhichOneof("value") == "distribution_value" else "counter"
    return f"# TYPE {name} {kind}"


def _samples(name: str, key: SeriesKey, value: Any) -> Iterator[str]:
    """Yield the samples of a point; the instance's labels are `job` and `task_id`."""
    instance = {label: text for label, text in key.resource if label in ("job", "task_id")}
    labels = key.label | instance
    if value.WhichOneof("value") != "distribution_value":
        yield _sample(name, labels, value.int64_value)
        return
    distribution = value.distribution_value
    bounds = [*distribution.bucket_options.explicit_buckets.bounds, math.inf]
    for bound, count in zip(bounds, accumulate(distribution.bucket_counts), strict=True):
        le = "+Inf" if bound == math.inf else f"{bound:g}"
        yield _sample(f"{name}_bucket", labels | {"le": le}, count)
    yield _sample(f"{name}_sum", labels, distribution.mean * distribution.count)
    yield _sample(f"{name}_count", labels, distribution.count)


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    written = ",".join(f"{label}={json.dumps(text)}" for label, text in sorted(labels.items()))
    return f"{name}{{{written}}} {value}"
