"""The deployment's page shows what the topology says."""

import re

from tests.lab.capacity.cost import gib
from tests.lab.stack import topology
from tests.terraform.account_table import page_table
from tests.terraform.diagram import draw
from tests.terraform.hcl import FOLDER


def test_the_diagram_is_drawn_from_the_topology() -> None:
    """The diagram has every topic, subscription and function, and no others."""
    page = (FOLDER / "README.md").read_text()
    assert f"```mermaid\n{draw(topology.load())}\n```" in page, "run python -m tests.terraform.diagram"


def test_the_quotas_are_those_of_the_environments() -> None:
    """What is to be asked for holds all instances at their maximum, and the console's three."""
    written = {name: (float(vcpu), float(memory)) for name, vcpu, memory in page_table("quotas")}
    assert written.keys() == {file.stem for file in (FOLDER / "environments").glob("*.tfvars")}
    for environment, quota in written.items():
        values = (FOLDER / "environments" / f"{environment}.tfvars").read_text()
        caps = [int(each) for each in re.findall(r"(?m)^max_instances\s*=\s*(\d+)", values)]
        sizes = [(3, 1.0, 1.0)]
        sizes += [
            (each.max_instances, each.cpu, gib(each.memory)) for each in topology.load().functions.values()
        ]
        counted = [(min([most, *caps]), cpu, memory) for most, cpu, memory in sizes]
        assert quota == (sum(n * cpu for n, cpu, _ in counted), sum(n * memory for n, _, memory in counted))


def test_every_environment_and_file_named_exists() -> None:
    """The page's commands name files that are there."""
    page = (FOLDER / "README.md").read_text()
    for name in ("environments/dev.tfvars", "environments/dev.gcs.tfbackend", "topology.yaml", "build.tf"):
        assert name in page
        assert (FOLDER / name).exists()
