"""Every query of every dashboard finds what functions export, by the very labels they export it with."""

import math
from typing import Any

import pytest

from shared.errors import Outcome
from tests.lab.dashboards.catalogue import OVERVIEW, dashboards, data_sets
from tests.lab.dashboards.exported import EVERY, HANDLED_MS, ON_THE_WAY_MS
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
"""What only Google measures; everything else that a dashboard reads is measured on the local stack, too."""

ALL = dashboards(topology.load())
QUERIES = [
    pytest.param(query, id=f"{name}: {tile['widget']['title']} {legend}".strip())
    for name, dashboard in ALL.items()
    for tile in dashboard["mosaicLayout"]["tiles"]
    for query, legend in data_sets(tile["widget"])
]


def evaluated(server: Prometheus, recording: Recording, query: str) -> list[Line]:
    """Return a query's lines over the whole recording that have a number somewhere."""
    lines = server.evaluate(query, recording.start, recording.end, STEP)
    return [each for each in lines if not all(map(math.isnan, each.values))]


def lines_of(server: Prometheus, recording: Recording, dashboard: str, title: str) -> dict[str, Line]:
    """Return the lines of a widget's queries that name theirs."""
    widgets = [tile["widget"] for tile in ALL[dashboard]["mosaicLayout"]["tiles"]]
    (widget,) = (each for each in widgets if each["title"] == title)
    return {name: evaluated(server, recording, query)[0] for query, name in data_sets(widget)}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_finds_what_is_measured(server: Prometheus, recording: Recording, query: str) -> None:
    """It has a number for what functions export or the relay counts; for what only Google measures, none."""
    read = {name for name, _ in selectors(query)}

    assert bool(evaluated(server, recording, query)) == read.isdisjoint(UNMEASURED)


def test_what_is_said_to_be_unmeasured_is(server: Prometheus) -> None:
    """No metric is excused that is measured, or that no dashboard reads."""
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
    """A value, a label or a metric that nothing exports would be noticed above."""
    assert evaluated(server, recording, query) == []


def test_what_is_no_query_is_refused(server: Prometheus, recording: Recording) -> None:
    """The server's own words say what is wrong."""
    with pytest.raises(ValueError, match="parse error"):
        server.evaluate("sum by (rate(x[5m])", recording.start, recording.end, STEP)


def test_rates_are_those_of_what_was_counted(server: Prometheus, recording: Recording) -> None:
    """Each subscription has one delivery of each outcome between two points."""
    expected = len(topology.load().subscriptions) / EVERY.total_seconds()
    (tile, *_) = ALL[OVERVIEW]["mosaicLayout"]["tiles"]
    ((query, _),) = data_sets(tile["widget"])
    lines = evaluated(server, recording, query)

    assert [each.values[-1] for each in lines] == [pytest.approx(expected)] * len(Outcome)


def test_nothing_is_burnt_without_dead_letters(server: Prometheus, recording: Recording) -> None:
    """Where no dead letter was ever counted the availability objective's chart is at zero, not empty."""
    widgets = [tile["widget"] for tile in ALL[OVERVIEW]["mosaicLayout"]["tiles"]]
    (widget,) = (each for each in widgets if each["title"].startswith("Burn of the availability objective"))
    ((query, _),) = data_sets(widget)
    (counted,) = evaluated(server, recording, query)
    (never,) = evaluated(server, recording, query.replace("dlq_messages", "never_exported"))

    assert counted.values[-1] > 0
    assert {*never.values} == {0.0}


@pytest.mark.parametrize("dashboard", ALL)
def test_percentiles_lie_in_the_bucket_that_was_measured(
    server: Prometheus, recording: Recording, dashboard: str
) -> None:
    """Where everything takes equally long, all percentiles are between the bounds around it."""
    handled = lines_of(server, recording, dashboard, "Handler time (ms)")
    on_the_way = lines_of(server, recording, dashboard, "Publication to acknowledgement (ms)")

    assert handled.keys() == on_the_way.keys() == {"p50", "p95", "p99"}
    assert 10 < HANDLED_MS < 15
    assert all(10 <= each.values[-1] <= 15 for each in handled.values())
    assert 60 < ON_THE_WAY_MS < 70
    assert all(60 <= each.values[-1] <= 70 for each in on_the_way.values())


def test_a_functions_dashboard_is_about_its_subscriptions(server: Prometheus, recording: Recording) -> None:
    """No line is of another function's subscription, and none of its own is missing."""
    told: dict[str, Any] = {}
    for name, dashboard in ALL.items():
        for tile in dashboard["mosaicLayout"]["tiles"]:
            for query, _ in data_sets(tile["widget"]):
                of = {each.labels.get("subscription_id") for each in evaluated(server, recording, query)}
                told[name] = told.get(name, set()) | of - {None}

    policy = topology.load()
    assert told.pop(OVERVIEW) == policy.all_subscriptions.keys()
    assert told == {name: policy.subscriptions_of(name).keys() for name in policy.functions}


def test_templates_are_filled_in_as_elsewhere() -> None:
    """What is drawn of a function is what the tests of the dashboards' form look at."""
    assert ALL["ship"] == terraform_dashboards()["function"]
    assert ALL[OVERVIEW] == terraform_dashboards()["overview"]
