"""The local stack's metrics are Prometheus's text format, with the names and labels of requirements 8.1."""

import subprocess
from typing import Any

import pytest
from aiohttp import ClientSession
from google.api.distribution_pb2 import Distribution
from google.cloud.monitoring_v3.types import common, metric

from tests.lab.stack.metrics import Metrics
from tests.lab.stack.metrics_text import exposition
from tests.lab.stack.monitoring_rules import SeriesKey
from tests.tools import PROMTOOL

Point, TypedValue = metric.Point.pb(), common.TypedValue.pb()
INSTANCE = frozenset({("job", "order-create"), ("task_id", "1"), ("location", "local")})
OF_INSTANCE = 'job="order-create",result="processed",task_id="1"'
OF_HISTOGRAM = 'job="order-create",status="204",task_id="1"'


def series(name: str, **labels: str) -> SeriesKey:
    """Return a series key of one instance."""
    return SeriesKey(f"custom.googleapis.com/{name}", frozenset(labels.items()), INSTANCE)


def counted(value: int) -> Any:
    """Return a point of a counter."""
    return Point(value=TypedValue(int64_value=value))


def distributed(*counts: int) -> Any:
    """Return a point of a histogram with the bounds 5 and 100, and a mean of 10."""
    distribution = Distribution(count=sum(counts), mean=10.0, bucket_counts=counts)
    distribution.bucket_options.explicit_buckets.bounds.extend([5, 100])
    return Point(value=TypedValue(distribution_value=distribution))


@pytest.fixture
def text() -> str:
    """Return the text of a counter, a histogram and a gauge."""
    points = {
        series("message_count", result="processed"): [counted(1), counted(17)],
        series("message_processing_time", status="204"): [distributed(3, 2, 1)],
    }
    return exposition(points, {"order-create-sub": 4})


def test_each_series_has_its_last_value(text: str) -> None:
    """Counters and gauges are one sample; buckets of a histogram are cumulative."""
    assert text.splitlines() == [
        "# TYPE message_count counter",
        f"message_count{{{OF_INSTANCE}}} 17",
        "# TYPE message_processing_time histogram",
        'message_processing_time_bucket{job="order-create",le="5",status="204",task_id="1"} 3',
        'message_processing_time_bucket{job="order-create",le="100",status="204",task_id="1"} 5',
        'message_processing_time_bucket{job="order-create",le="+Inf",status="204",task_id="1"} 6',
        f"message_processing_time_sum{{{OF_HISTOGRAM}}} 60.0",
        f"message_processing_time_count{{{OF_HISTOGRAM}}} 6",
        "# TYPE subscription_lag gauge",
        'subscription_lag{subscription="order-create-sub"} 4',
    ]


def test_prometheus_reads_it(text: str) -> None:
    """Prometheus's own tool parses the text; it only advises on names and help texts."""
    checked = subprocess.run(
        [PROMTOOL.require(), "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert "error while linting" not in checked.stderr
    assert checked.returncode in (0, 3), checked.stderr


@pytest.mark.parametrize(
    ("accept", "content_type"), [("*/*", "text/plain"), ("application/json", "application/json")]
)
async def test_a_client_gets_the_format_it_accepts(accept: str, content_type: str) -> None:
    """Prometheus and curl get text, the console gets its charts."""
    async with Metrics() as metrics, ClientSession(headers={"Accept": accept}) as session:
        answer = await session.get(metrics.url)

        assert answer.content_type == content_type
