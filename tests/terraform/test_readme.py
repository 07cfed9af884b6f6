"""The deployment's page shows what the topology says."""

from tests.lab.stack import topology
from tests.terraform.diagram import draw
from tests.terraform.hcl import FOLDER


def test_the_diagram_is_drawn_from_the_topology() -> None:
    """The diagram has every topic, subscription and function, and no others."""
    page = (FOLDER / "README.md").read_text()
    assert f"```mermaid\n{draw(topology.load())}\n```" in page, "run python -m tests.terraform.diagram"


def test_every_environment_and_file_named_exists() -> None:
    """The page's commands name files that are there."""
    page = (FOLDER / "README.md").read_text()
    for name in ("environments/dev.tfvars", "environments/dev.gcs.tfbackend", "topology.yaml", "build.tf"):
        assert name in page
        assert (FOLDER / name).exists()
