"""An environment that was applied to a local state, to change and to destroy; skipped without one."""

import json
import os
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.lab.stack.paths import ROOT
from tests.terraform.staging import Workspace
from tests.tools import TERRAFORM

# The applied folder `terraform/`, and the name of its environment; .ci/run applies, which takes minutes.
FOLDER, ENVIRONMENT = "TERRAFORM_APPLIED", "TERRAFORM_APPLIED_ENVIRONMENT"
OPTIONS = {"prod": "every_option.tfvars", "dev": "webhook.tfvars"}
"""The file of options of each environment."""


class Applied(Workspace):
    """A copy of an applied environment, with its state.

    Attributes:
        environment: its name.
        files: the options that name the values it was applied with.
    """

    def __init__(self, source: Path, folder: Path, environment: str) -> None:
        """Copy an applied project to an empty folder."""
        super().__init__(folder, source, leftovers=())
        self.environment = environment
        options = ROOT / "tests" / "terraform" / OPTIONS[environment]
        self.files = [f"-var-file=environments/{environment}.tfvars", f"-var-file={options}"]

    def plan(self, *arguments: str) -> tuple[int, str]:
        """Return the exit code and all output of a plan against the state alone."""
        common = ["-input=false", "-no-color", "-refresh=false", "-lock=false"]
        done = self.run(".", "plan", *common, *self.files, *arguments)
        return done.returncode, done.stdout + done.stderr

    def script(self, name: str, *arguments: str) -> None:
        """Run one of the deployment's scripts, which has to succeed; `init` keeps the state that is here."""
        programs = self.root / "bin"
        programs.mkdir()
        terraform = programs / "terraform"
        terraform.write_text(f'#!/bin/sh\n[ "$1" = init ] || exec "{TERRAFORM.require()}" "$@"\n')
        terraform.chmod(0o755)
        done = subprocess.run(
            [f"./{name}", *arguments],
            cwd=self.folder,
            env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def state(self) -> list[str]:
        """Return the addresses of everything there is."""
        return self.must(".", "state", "list").splitlines()

    def taint(self, addresses: Collection[str]) -> None:
        """Mark resources as `terraform taint` does, all at once: each call of it starts every provider."""
        file = self.folder / "terraform.tfstate"
        state = json.loads(file.read_text())
        for resource in state["resources"]:
            for instance in resource["instances"]:
                if _address(resource, instance) in addresses:
                    instance["status"] = "tainted"
        file.write_text(json.dumps(state))


def _address(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    key = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
    return f"{resource['type']}.{resource['name']}{key}"


@pytest.fixture
def applied(tmp_path: Path) -> Applied:
    """Return a copy of the applied environment."""
    if FOLDER not in os.environ:
        pytest.skip(f"nothing is applied: {FOLDER} is not set")
    return Applied(Path(os.environ[FOLDER]).parent, tmp_path, os.environ[ENVIRONMENT])


@pytest.fixture
def protected(applied: Applied) -> Applied:
    """Return the applied environment where it is a protected one."""
    if applied.environment == "dev":
        pytest.skip("development is not protected")
    return applied


@pytest.fixture
def unprotected(applied: Applied) -> Applied:
    """Return the applied environment where it may be destroyed."""
    if applied.environment != "dev":
        pytest.skip("only development is not protected")
    return applied


@pytest.fixture
def lifted(applied: Applied) -> Applied:
    """Return the applied environment with its protection from being destroyed taken out of the code."""
    for file in applied.folder.glob("*.tf"):
        file.write_text(file.read_text().replace("prevent_destroy = true", "prevent_destroy = false"))
    return applied
