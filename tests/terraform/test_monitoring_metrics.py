"""Dashboards, alerts and objectives read metrics that exist, by labels they have."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml

from shared.telemetry.instruments import Counter, Histogram
from shared.telemetry.message_metrics import MessageMetrics
from tests.terraform.monitoring_files import TERRAFORM, expressions
from tests.terraform.promql import grouped_by, rates, selectors

OWN = "custom.googleapis.com/"
TASK = {"project_id", "location", "namespace", "job", "task_id"}
PARTS = ("_bucket", "_count", "_sum")


def own_instruments() -> dict[str, Counter | Histogram]:
    """Return what functions export, by metric type."""
    return {OWN + each.name: each for each in MessageMetrics({}).instruments}


@cache
def google_metrics() -> dict[str, dict[str, Any]]:
    """Return Google's own metrics by type, their labels those of metric and resource."""
    facts: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "google_metrics.yaml").read_text())
    resources = facts["resources"]
    return {
        name: {**each, "labels": [*resources[each["resource"]], *each["labels"]]}
        for name, each in facts["metrics"].items()
    }


def known() -> dict[str, set[str]]:
    """Return the labels of every name that PromQL may select, ours and Google's."""
    found: dict[str, set[str]] = {}
    for metric, facts in google_metrics().items():
        found |= _names(metric, set(facts["labels"]), facts["value"] == "DISTRIBUTION")
    for metric, each in own_instruments().items():
        found |= _names(metric, {*each.label_names, *TASK}, isinstance(each, Histogram))
    return found


def _names(metric: str, labels: set[str], distribution: bool) -> dict[str, set[str]]:  # noqa: FBT001 - named by its callers' expression
    domain, _, path = metric.partition("/")
    name = f"{re.sub(r'[^a-zA-Z0-9]', '_', domain)}:{re.sub(r'[^a-zA-Z0-9]', '_', path)}"
    if not distribution:
        return {name: labels}
    return {name + part: labels | {"le"} if part == "_bucket" else labels for part in PARTS}


@pytest.mark.parametrize("place", expressions())
def test_an_expression_reads_what_exists(place: str) -> None:
    """Every metric selected is exported by functions or by Google, and has the labels it is asked for."""
    metrics, expression = known(), expressions()[place]
    selected = dict(selectors(expression))

    assert selected.keys() <= metrics.keys()
    assert all(labels <= metrics[name] for name, labels in selected.items())
    assert grouped_by(expression) <= set.union(*(metrics[name] for name in selected))


@pytest.mark.parametrize("place", expressions())
def test_only_what_adds_up_is_asked_for_a_rate(place: str) -> None:
    """Rates are of deltas, and levels of gauges: the other way round PromQL answers, with nonsense."""
    rising = rates(expressions()[place])
    levels = dict(selectors(expressions()[place])).keys() - rising
    for metric, facts in google_metrics().items():
        names = _names(metric, set(), facts["value"] == "DISTRIBUTION").keys()
        assert not names & (rising if facts["kind"] == "GAUGE" else levels), metric


def test_every_metric_of_google_is_read() -> None:
    """Some expression reads each metric in google_metrics.yaml."""
    read = {name for expression in expressions().values() for name, _ in selectors(expression)}
    for metric, facts in google_metrics().items():
        assert _names(metric, set(), facts["value"] == "DISTRIBUTION").keys() & read, metric


def test_every_metric_of_ours_is_read() -> None:
    """Some dashboard, alert or objective reads each exported metric."""
    read = {name for expression in expressions().values() for name, _ in selectors(expression)}

    for metric, each in own_instruments().items():
        assert _names(metric, set(), isinstance(each, Histogram)).keys() & read, metric


def test_descriptors_are_those_of_the_code() -> None:
    """Terraform describes exactly the metrics that functions export, with their labels and kinds of value."""
    with (TERRAFORM / "monitoring.tf").open() as file:
        blocks = hcl2.load(file)["locals"]
    described = next(block["metrics"] for block in blocks if "metrics" in block)
    facts = {
        _bare(name): ([_bare(each) for each in metric["labels"]], _bare(metric["value_type"]))
        for name, metric in described.items()
    }

    assert facts == {
        each.name: ([*each.label_names], "DISTRIBUTION" if isinstance(each, Histogram) else "INT64")
        for each in own_instruments().values()
    }


def test_objectives_filter_by_what_exists() -> None:
    """The objectives' filters name exported metrics, and labels these have."""
    text = (TERRAFORM / "monitoring.tf").read_text()
    metrics = own_instruments()
    filters = re.findall(r'_filter\s+= "metric\.type=\\"([^\\]+)\\"', text)
    labels = set(re.findall(r"metric\.labels\.(\w+)", text))

    assert len(filters) == 3
    assert set(filters) <= metrics.keys()
    assert labels <= {label for name in filters for label in metrics[name].label_names}


def _bare(text: str) -> str:
    return text.strip('"')
