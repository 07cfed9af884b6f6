"""A small set of samples with every possible series, made by the functions' own recording and export."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from google.cloud.monitoring_v3.types import metric_service

from shared.errors import ErrorType, Outcome
from shared.settings import Settings
from shared.telemetry.delivery import Delivery
from shared.telemetry.message_metrics import MessageMetrics
from shared.telemetry.metrics_data import Instance, collect
from shared.telemetry.series import build_requests
from shared.telemetry.setup import build_telemetry
from tests.lab.dashboards import series, subscriptions
from tests.lab.dashboards.catalogue import service
from tests.lab.dashboards.series import Sample
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.environment import function_environment
from tests.lab.stack.monitoring_rules import find_request_problems, series_key
from tests.lab.stack.topology import Topology

PROJECT = "order-events-test"
START = datetime(2026, 1, 10, 10, tzinfo=UTC)
INTERVAL, POINTS = timedelta(seconds=30), 21
"""Interval and number of points: together ten minutes."""

STATUSES = {Outcome.REJECTED: 422, Outcome.DEFERRED: 503, Outcome.ERROR: 500}
HANDLER_MS, ACK_MS = 12.0, 60.5
"""Time of every handler, and from publication to acknowledgement of every message."""

CreateTimeSeriesRequest = metric_service.CreateTimeSeriesRequest.pb()


def samples(topology: Topology) -> Iterator[Sample]:
    """Yield ten minutes with one delivery of each outcome and subscription in each interval."""
    for function in topology.functions:
        yield from _exported(topology, function)
    for number in range(POINTS):
        snapshots = dict.fromkeys(topology.all_subscriptions, _snapshot(number))
        yield from subscriptions.samples(PROJECT, snapshots, START + number * INTERVAL)


def _exported(topology: Topology, function: str) -> Iterator[Sample]:
    metrics = _metrics(topology, function)
    instance = Instance(
        project=PROJECT,
        location="local",
        job=service(function),
        task_id=function,
        started=START - timedelta(seconds=1),
    )
    for number in range(POINTS):
        data = collect(metrics.instruments, START + number * INTERVAL)
        for request in map(CreateTimeSeriesRequest.FromString, build_requests(instance, data)):
            assert not find_request_problems(request)
            for each in request.time_series:
                yield from series.samples(series_key(each), each.points[0])
        _deliver(metrics, topology, function)


def _metrics(topology: Topology, function: str) -> MessageMetrics:
    """Return a function's metrics, built from its environment."""
    emulators, served = Emulators("127.0.0.1:1", "127.0.0.1:1"), topology.subscriptions_of(function)
    environ = function_environment(PROJECT, emulators, Path("keyset.json"), served)
    return build_telemetry(Settings.read(environ), lambda: START).metrics


def _deliver(metrics: MessageMetrics, topology: Topology, function: str) -> None:
    for name, subscription in topology.subscriptions_of(function).items():
        for outcome in Outcome:
            status = STATUSES.get(outcome, 204)
            metrics.count_delivery(
                Delivery(subscription=name, outcome=outcome, status=status, duration_ms=HANDLER_MS)
            )
        metrics.record_ack_time(name, ACK_MS)
        if function == "dlq":
            metrics.count_dead_letter(subscription.topic.removesuffix("-dlq"), ErrorType.REJECTED)


def _snapshot(number: int) -> subscriptions.Snapshot:
    """Return a snapshot with one push of each class in each interval, and one waiting message."""
    return subscriptions.Snapshot(
        waiting=1,
        oldest=START - timedelta(seconds=5),
        pushes=dict.fromkeys(subscriptions.CLASSES, number),
        forwarded=number,
    )
