"""Terraform and its providers, where this machine has them; what needs more is skipped and says so."""

import os
import shutil
from pathlib import Path

import pytest

from tests.terraform.planned import Plan, plan
from tests.terraform.staging import Workspace

# A mirror or a cache of providers: without one, every test run would load hundreds of megabytes.
PROVIDERS_AT_HAND = ("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR")
WITH_EVERYTHING = (
    "-var=repository=projects/p/locations/asia-southeast1/connections/c/repositories/r",
    '-var=mounted_credentials={secret="pubsub-sa",account="legacy@order-events-prod.iam.gserviceaccount.com"}',
    '-var=publishers={"order-create"=["serviceAccount:shop@example.iam.gserviceaccount.com"]}',
)


@pytest.fixture(scope="session")
def terraform() -> None:
    """Skip where Terraform is not installed."""
    if not shutil.which("terraform"):
        pytest.skip("terraform is not on PATH")


@pytest.fixture(scope="session")
def providers(terraform: None) -> None:
    """Skip where no providers are at hand."""
    if not any(os.environ.get(variable) for variable in PROVIDERS_AT_HAND):
        pytest.skip(f"no Terraform providers at hand: set {' or '.join(PROVIDERS_AT_HAND)}")


@pytest.fixture
def workspace(terraform: None, tmp_path: Path) -> Workspace:
    """Return a copy of the project, not initialised."""
    return Workspace(tmp_path)


@pytest.fixture
def initialised(providers: None, workspace: Workspace) -> Workspace:
    """Return a copy of the project that can plan."""
    workspace.must("init", "-input=false")
    return workspace


@pytest.fixture(scope="session")
def production(providers: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Plan]:
    """Return production's plan from nothing with every option in use, and where it was made."""
    workspace = Workspace(tmp_path_factory.mktemp("production"))
    workspace.must("init", "-input=false")
    return workspace, plan(workspace, "-var-file=environments/prod.tfvars", *WITH_EVERYTHING)


@pytest.fixture(scope="session")
def planned(production: tuple[Workspace, Plan]) -> Plan:
    """Return production's plan from nothing with every option in use."""
    return production[1]
