"""The dashboards that Terraform deploys: the overview and one for each function."""

import json
from collections.abc import Iterator, Mapping
from string import Template
from typing import Any

from tests.lab.stack.topology import Topology
from tests.terraform.monitoring_files import TERRAFORM

FOLDER = TERRAFORM / "dashboards"
OVERVIEW = "overview"


def dashboards(topology: Topology) -> dict[str, dict[str, Any]]:
    """Return every dashboard by name, the overview first."""
    overview = json.loads((FOLDER / "overview.json").read_text())
    return {OVERVIEW: overview} | {name: _of_function(topology, name) for name in topology.functions}


def service(function: str) -> str:
    """Return the deployed name of a function; Cloud Run allows no underscores."""
    return function.replace("_", "-")


def data_sets(widget: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a chart's queries, each with the name of its line, or an empty text for names from labels."""
    for each in widget.get("xyChart", {}).get("dataSets", []):
        yield each["timeSeriesQuery"]["prometheusQuery"], each.get("legendTemplate", "")


def _of_function(topology: Topology, name: str) -> dict[str, Any]:
    """Fill in the template as `terraform/monitoring.tf` does."""
    template = Template((FOLDER / "function.json.tftpl").read_text())
    subscriptions = "|".join(sorted(topology.subscriptions_of(name)))
    filled = template.substitute(name=name, service=service(name), subscriptions=subscriptions)
    dashboard: dict[str, Any] = json.loads(filled)
    return dashboard
