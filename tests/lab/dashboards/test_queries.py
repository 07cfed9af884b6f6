"""Every query of every dashboard finds exported metrics, by their exact labels."""

import math
from typing import Any

import pytest

from shared.errors import Outcome
from tests.lab.dashboards.catalogue import OVERVIEW, dashboards, data_sets
from tests.lab.dashboards.exported import ACK_MS, HANDLER_MS, INTERVAL
from tests.lab.dashboards.prometheus import Line, Prometheus
from tests.lab.dashboards.recording import Recording
from tests.lab.stack import topology
from tests.terraform.monitoring_files import dashboards as terraform_dashboards
from tests.terraform.promql import selectors

STEP = 60.0
UNMEASURED = {
    "run_googleapis_com:container_instance_count",
    "run_googleapis_com:container_startup_latencies_count",
    "run_googleapis_com:container_memory_utilizations_bucket",
    "firestore_googleapis_com:document_read_ops_count",
    "firestore_googleapis_com:document_write_ops_count",
    "firestore_googleapis_com:document_delete_ops_count",
}
"""Metrics that only Google measures; the local stack measures all other metrics of the dashboards."""

ALL = dashboards(topology.load())
QUERIES = [
    pytest.param(query, id=f"{name}: {tile['widget']['title']} {legend}".strip())
    for name, dashboard in ALL.items()
    for tile in dashboard["mosaicLayout"]["tiles"]
    for query, legend in data_sets(tile["widget"])
]


def evaluate(server: Prometheus, recording: Recording, query: str) -> list[Line]:
    """Return a query's lines over the whole recording, without lines that have no value."""
    lines = server.evaluate(query, recording.start, recording.end, STEP)
    return [each for each in lines if not all(map(math.isnan, each.values))]


def lines_of(server: Prometheus, recording: Recording, dashboard: str, title: str) -> dict[str, Line]:
    """Return the lines of a widget by the names of its queries."""
    widgets = [tile["widget"] for tile in ALL[dashboard]["mosaicLayout"]["tiles"]]
    (widget,) = (each for each in widgets if each["title"] == title)
    return {name: evaluate(server, recording, query)[0] for query, name in data_sets(widget)}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_finds_what_is_measured(server: Prometheus, recording: Recording, query: str) -> None:
    """A query has values for metrics of functions and relay, and none for those of Google alone."""
    read = {name for name, _ in selectors(query)}

    assert bool(evaluate(server, recording, query)) == read.isdisjoint(UNMEASURED)


def test_unmeasured_metrics_are_read_and_not_measured(server: Prometheus) -> None:
    """Every metric in the list is read by a dashboard and not measured."""
    read = {name for each in QUERIES for name, _ in selectors(str(each.values[0]))}

    assert server.names().isdisjoint(UNMEASURED)
    assert read >= UNMEASURED


@pytest.mark.parametrize(
    "query",
    [
        'sum(rate(custom_googleapis_com:message_count{result="failed"}[5m]))',
        'sum(rate(custom_googleapis_com:message_count{subscription_id="ship-events-sub"}[5m]))',
        'pubsub_googleapis_com:subscription_num_undelivered_messages{subscription="ship-events-sub"}',
        "sum(rate(custom_googleapis_com:messages_count[5m]))",
    ],
)
def test_a_wrong_name_finds_nothing(server: Prometheus, recording: Recording, query: str) -> None:
    """A value, label or metric that nothing exports gives no result."""
    assert evaluate(server, recording, query) == []


def test_an_invalid_query_is_refused(server: Prometheus, recording: Recording) -> None:
    """The error has the server's message."""
    with pytest.raises(ValueError, match="parse error"):
        server.evaluate("sum by (rate(x[5m])", recording.start, recording.end, STEP)


def test_rates_are_those_of_the_counters(server: Prometheus, recording: Recording) -> None:
    """Each subscription has one delivery of each outcome in each interval."""
    expected = len(topology.load().subscriptions) / INTERVAL.total_seconds()
    (tile, *_) = ALL[OVERVIEW]["mosaicLayout"]["tiles"]
    ((query, _),) = data_sets(tile["widget"])
    lines = evaluate(server, recording, query)

    assert [each.values[-1] for each in lines] == [pytest.approx(expected)] * len(Outcome)


def test_nothing_is_burnt_without_dead_letters(server: Prometheus, recording: Recording) -> None:
    """Without dead letters the chart of the availability objective is at zero, not empty."""
    widgets = [tile["widget"] for tile in ALL[OVERVIEW]["mosaicLayout"]["tiles"]]
    (widget,) = (each for each in widgets if each["title"].startswith("Burn of the availability objective"))
    ((query, _),) = data_sets(widget)
    (counted,) = evaluate(server, recording, query)
    (never,) = evaluate(server, recording, query.replace("dlq_messages", "never_exported"))

    assert counted.values[-1] > 0
    assert {*never.values} == {0.0}


@pytest.mark.parametrize("dashboard", ALL)
def test_percentiles_lie_in_the_measured_bucket(
    server: Prometheus, recording: Recording, dashboard: str
) -> None:
    """If all times are equal, all percentiles are within the bounds of their bucket."""
    handled = lines_of(server, recording, dashboard, "Handler time (ms)")
    acknowledged = lines_of(server, recording, dashboard, "Publication to acknowledgement (ms)")

    assert handled.keys() == acknowledged.keys() == {"p50", "p95", "p99"}
    assert 10 < HANDLER_MS < 15
    assert all(10 <= each.values[-1] <= 15 for each in handled.values())
    assert 60 < ACK_MS < 70
    assert all(60 <= each.values[-1] <= 70 for each in acknowledged.values())


def test_a_functions_dashboard_is_about_its_subscriptions(server: Prometheus, recording: Recording) -> None:
    """A function's dashboard has lines of all its subscriptions, and of no other."""
    subscriptions: dict[str, Any] = {}
    for name, dashboard in ALL.items():
        for tile in dashboard["mosaicLayout"]["tiles"]:
            for query, _ in data_sets(tile["widget"]):
                of = {each.labels.get("subscription_id") for each in evaluate(server, recording, query)}
                subscriptions[name] = subscriptions.get(name, set()) | of - {None}

    policy = topology.load()
    assert subscriptions.pop(OVERVIEW) == policy.all_subscriptions.keys()
    assert subscriptions == {name: policy.subscriptions_of(name).keys() for name in policy.functions}


def test_templates_are_filled_in_as_elsewhere() -> None:
    """The drawn templates equal those that the form tests use."""
    assert ALL["ship"] == terraform_dashboards()["function"]
    assert ALL[OVERVIEW] == terraform_dashboards()["overview"]
