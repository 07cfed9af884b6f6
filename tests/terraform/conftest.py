"""Terraform and a plan, where there are any; tests that need what is missing say so and are skipped."""

import json
import os
from pathlib import Path

import pytest

from tests.terraform.planned import Plan
from tests.terraform.staging import Workspace
from tests.tools import TERRAFORM

# Planning takes hundreds of megabytes of providers: it is done elsewhere, and its result is judged here. The
# file lies in the folder terraform/ of what was planned.
PLAN = "TERRAFORM_PLAN_JSON"


@pytest.fixture(scope="session")
def terraform() -> None:
    """Skip the tests without Terraform; under CI=true fail them."""
    TERRAFORM.require()


@pytest.fixture(scope="module")
def workspace(terraform: None, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a copy of the project that a module's tests change, each from the same beginning."""
    return Workspace(tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="session")
def planned() -> Plan:
    """Return the plan to judge."""
    if PLAN not in os.environ:
        pytest.skip(f"no plan to judge: {PLAN} is not set to the output of `terraform show -json`")
    return Plan(json.loads(Path(os.environ[PLAN]).read_text()))


@pytest.fixture(scope="session")
def planned_root(planned: Plan) -> Path:
    """Return the project, or a copy of it, that the plan was made of."""
    return Path(os.environ[PLAN]).resolve().parent.parent
