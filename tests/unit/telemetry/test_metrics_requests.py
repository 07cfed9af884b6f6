"""Requests to Cloud Monitoring keep its rules, and the stand-in for it refuses those that do not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.errors import Outcome
from shared.telemetry.delivery import Delivery
from shared.telemetry.instruments import Counter
from shared.telemetry.message_metrics import MessageMetrics
from shared.telemetry.metrics_data import Instance, collect
from shared.telemetry.series import MAX_SERIES, CreateTimeSeriesRequest, build_requests
from tests.lab.stack.monitoring_rules import find_placement_problem, find_request_problems

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GAP = timedelta(seconds=10)
INSTANCE = Instance(
    project="p", location="global", job="ship", task_id="1", started=NOW - timedelta(minutes=1)
)


def sent(metrics: MessageMetrics, at: datetime = NOW) -> list[Any]:
    """Return the requests that carry what was measured, as the service reads them."""
    data = collect(metrics.instruments, at)
    return [CreateTimeSeriesRequest.FromString(each) for each in build_requests(INSTANCE, data)]


def delivery(duration_ms: float) -> Delivery:
    """Return the record of one processed message."""
    return Delivery(subscription="sub", outcome=Outcome.PROCESSED, status=204, duration_ms=duration_ms)


def measured() -> MessageMetrics:
    """Return metrics of one subscription with one delivery."""
    metrics = MessageMetrics({"sub": "topic"})
    metrics.count_delivery(delivery(7.5))
    return metrics


def test_a_request_is_well_formed() -> None:
    """Counts and distributions, empty ones among them, are sent as the service wants them."""
    (request,) = sent(measured())

    assert find_request_problems(request) == []
    assert request.name == "projects/p"
    times = [each for each in request.time_series if each.metric.type.endswith("processing_time")]
    assert times[0].points[0].value.distribution_value.mean == 7.5


def test_many_series_go_in_several_requests() -> None:
    """No request carries more series than the service takes, and none is left out."""
    counter = Counter("message_count", ("topic",))
    for number in range(2 * MAX_SERIES + 1):
        counter.add((str(number),))
    data = collect([counter], NOW)

    sizes = [
        len(CreateTimeSeriesRequest.FromString(each).time_series) for each in build_requests(INSTANCE, data)
    ]
    assert sizes == [MAX_SERIES, MAX_SERIES, 1]


def test_a_snapshot_is_not_changed_by_further_counting() -> None:
    """What is being sent stays what it was, though messages go on."""
    metrics = measured()
    data = collect(metrics.instruments, NOW)
    before = [*build_requests(INSTANCE, data)]
    metrics.count_delivery(delivery(9.0))

    assert [*build_requests(INSTANCE, data)] == before


def _repeat(request: Any) -> None:
    request.time_series.append(request.time_series[0])


def _second_point(request: Any) -> None:
    request.time_series[0].points.append(request.time_series[0].points[0])


def _no_task(request: Any) -> None:
    del request.time_series[0].resource.labels["task_id"]


def _foreign_prefix(request: Any) -> None:
    request.time_series[0].metric.type = "run.googleapis.com/requests"


def _no_time(request: Any) -> None:
    interval = request.time_series[0].points[0].interval
    interval.end_time.CopyFrom(interval.start_time)


def _uncounted(request: Any) -> None:
    request.time_series[0].points[0].value.distribution_value.count += 1


def _overfull(request: Any) -> None:
    for number in range(MAX_SERIES):
        series = request.time_series.add()
        series.CopyFrom(request.time_series[0])
        series.metric.labels["status"] = str(number)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_repeat, "Duplicate TimeSeries"),
        (_second_point, "exactly one point"),
        (_no_task, "lacks labels"),
        (_foreign_prefix, "writable prefix"),
        (_no_time, "before its end time"),
        (_uncounted, "add up to count"),
        (_overfull, "1 to 200"),
    ],
)
def test_a_malformed_request_is_refused(spoil: Callable[[Any], None], reason: str) -> None:
    """The stand-in refuses what breaks a rule of the service, and says which."""
    (request,) = sent(measured())
    spoil(request)

    assert any(reason in problem for problem in find_request_problems(request))


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        (timedelta(), "in order"),
        (timedelta(seconds=-1), "in order"),
        (timedelta(seconds=9.9), "more frequently"),
        (timedelta(minutes=6), "in the future"),
        (timedelta(seconds=10), None),
    ],
)
def test_points_of_a_series_keep_the_shortest_gap(later: timedelta, reason: str | None) -> None:
    """The service refuses a point sooner than the shortest gap after the last one, or in the future."""
    first, second = (sent(measured(), at)[0].time_series[0].points[0] for at in (NOW, NOW + later))

    problem = find_placement_problem(second, [first], now=NOW, shortest_gap=GAP)

    assert (problem is None) if reason is None else (problem is not None and reason in problem)


def test_a_cumulative_series_keeps_its_start() -> None:
    """A start within an earlier interval is refused: it would count the same events twice."""
    first, second = (
        sent(measured(), at)[0].time_series[0].points[0] for at in (NOW, NOW + timedelta(minutes=1))
    )
    second.interval.start_time.FromDatetime(NOW - timedelta(seconds=30))

    assert "start time" in str(find_placement_problem(second, [first], now=NOW, shortest_gap=GAP))
