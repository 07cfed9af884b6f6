"""The build tests before it plans, and applies what it planned."""

import re
import subprocess
import sys
from typing import Any

import yaml

from tests.lab.stack.paths import ROOT
from tests.terraform.hcl import blocks

FILE = ROOT / "cloudbuild.yaml"
BUILD: dict[str, Any] = yaml.safe_load(FILE.read_text())
STEPS: dict[str, Any] = {step["id"]: step for step in BUILD["steps"]}
TESTS = {"lint", "types", "unit-tests", "emulator-tests", "plan-tests"}


def before(step: str) -> set[str]:
    """Return the steps that have ended before a step starts."""
    direct = set(STEPS[step]["waitFor"]) - {"-"}
    return direct.union(*(before(each) for each in direct))


def test_it_is_a_cloud_build_configuration() -> None:
    """The file has the form that Cloud Build takes."""
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.cloudbuild"]
    checked = subprocess.run([*checker, FILE], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_the_order_of_steps_is_written_down() -> None:
    """Every step has an id and says which steps it waits for, all of them earlier ones."""
    assert len(STEPS) == len(BUILD["steps"])
    for position, step in enumerate(BUILD["steps"]):
        assert step["waitFor"], step["id"]
        assert set(step["waitFor"]) - {"-"} <= set(list(STEPS)[:position])


def test_nothing_is_applied_untested_or_unplanned() -> None:
    """What changes the project waits for every test, the format, the validation and the saved plan."""
    for step in ("apply", "ask-for-approval"):
        assert before(step) >= TESTS | {"format", "validate", "plan", "save-plan"}
    assert "terraform apply -lock-timeout=300s plan.tfplan" in STEPS["apply"]["script"]


def test_a_deployment_is_tried() -> None:
    """After the plan is applied an order is sent through the deployed system."""
    assert "apply" in before("smoke-test")
    assert "tests.terraform.canary" in STEPS["smoke-test"]["script"]


def test_triggers_give_every_substitution_that_decides() -> None:
    """What a trigger substitutes exists in the file, so a misspelt name is no silent default."""
    for block in blocks("resource"):
        if block.name.startswith("google_cloudbuild_trigger."):
            assert block.body["substitutions"].keys() <= BUILD["substitutions"].keys(), block.name


def test_functions_run_on_the_python_they_are_tested_on() -> None:
    """The runtime deployed by default is the interpreter of the build's tests."""
    (runtime,) = [each.body["default"] for each in blocks("variable") if each.name == "runtime"]
    tested = re.search(r"--python (\d)\.(\d+)", STEPS["python"]["script"])
    assert tested
    assert runtime == f"python{tested[1]}{tested[2]}"


def test_terraform_is_one_version() -> None:
    """Every step of Terraform runs the same, exact version."""
    images = {step["name"] for step in BUILD["steps"] if step["name"].startswith("hashicorp/")}
    assert len(images) == 1
    assert re.fullmatch(r"hashicorp/terraform:\d+\.\d+\.\d+", images.pop())
