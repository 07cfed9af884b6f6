"""What is written down for Cloud Monitoring: dashboards, alerts, runbooks."""

import json
from collections.abc import Iterator
from functools import cache
from string import Template
from typing import Any

import yaml

from tests.lab.stack.paths import ROOT

TERRAFORM = ROOT / "terraform"
FUNCTION = {
    "name": "ship",
    "service": "ship",
    "subscriptions": "fulfillment-events-unmatched-sub|ship-events-direct-sub|ship-events-sub",
}
LINKS = {"dashboard", "console", "logs"}


@cache
def alerts() -> dict[str, dict[str, Any]]:
    """Return the alerts on expressions, by name."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((TERRAFORM / "monitoring_alerts.yaml").read_text())
    return found


@cache
def dashboards() -> dict[str, dict[str, Any]]:
    """Return the dashboards by file name, the function's template filled in for one function."""
    overview = (TERRAFORM / "dashboards" / "overview.json").read_text()
    function = Template((TERRAFORM / "dashboards" / "function.json.tftpl").read_text())
    return {"overview": json.loads(overview), "function": json.loads(function.substitute(FUNCTION))}


def widgets(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the widgets of a dashboard."""
    for tile in dashboard["mosaicLayout"]["tiles"]:
        yield tile["widget"]


def queries(widget: dict[str, Any]) -> list[str]:
    """Return a widget's PromQL; none where it is no chart."""
    chart = widget.get("xyChart", {"dataSets": []})
    return [each["timeSeriesQuery"]["prometheusQuery"] for each in chart["dataSets"]]


def expressions() -> dict[str, str]:
    """Return every PromQL expression, by its place."""
    charts = {
        f"{name}: {widget['title']}: {index}": query
        for name, dashboard in dashboards().items()
        for widget in widgets(dashboard)
        for index, query in enumerate(queries(widget))
    }
    return charts | {f"alert {name}": alert["expr"] for name, alert in alerts().items()}


def runbooks() -> dict[str, str]:
    """Return the runbooks by name."""
    return {file.stem: file.read_text() for file in sorted((TERRAFORM / "runbooks").glob("*.md"))}
