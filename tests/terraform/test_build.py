"""Tests, plans and deployments are separate builds, each as an account that can do its part alone."""

import re
import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.stack.paths import ROOT
from tests.terraform.hcl import FOLDER, blocks

FILES = {
    "tests": ROOT / "cloudbuild.yaml",
    "plan": FOLDER / "pipeline" / "plan.yaml",
    "apply": FOLDER / "pipeline" / "apply.yaml",
}
Triggers = dict[str, dict[str, Any]]
BUILDS: dict[str, dict[str, Any]] = {name: yaml.safe_load(file.read_text()) for name, file in FILES.items()}


@pytest.fixture(scope="module")
def triggers() -> Triggers:
    """Return the bodies of Cloud Build's triggers by their names."""
    return {
        block.name.rpartition(".")[2]: block.body
        for block in blocks("resource")
        if block.name.startswith("google_cloudbuild_trigger.")
    }


def steps(build: str) -> dict[str, dict[str, Any]]:
    """Return a build's steps by their ids."""
    return {step["id"]: step for step in BUILDS[build]["steps"]}


def before(build: str, step: str) -> set[str]:
    """Return the steps that have ended before a step starts."""
    direct = set(steps(build)[step].get("waitFor", [])) - {"-"}
    return direct.union(*(before(build, each) for each in direct))


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_it_is_a_cloud_build_configuration(file: Path) -> None:
    """The file has the form that Cloud Build takes."""
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.cloudbuild"]
    checked = subprocess.run([*checker, file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("build", BUILDS)
def test_the_order_of_steps_is_written_down(build: str) -> None:
    """Every step but the first has an id and names the steps it waits for, all of them earlier ones."""
    assert len(steps(build)) == len(BUILDS[build]["steps"])
    for position, step in enumerate(BUILDS[build]["steps"]):
        waits = step.get("waitFor", [])
        assert waits or position == 0, step["id"]
        assert set(waits) - {"-"} <= set([*steps(build)][:position])


@pytest.mark.parametrize("build", BUILDS)
def test_builders_are_named_by_digest(build: str) -> None:
    """A tag that is moved changes no build, and every build takes the same version of a program."""
    images = {step["name"] for name in BUILDS for step in BUILDS[name]["steps"]}
    assert {step["name"] for step in BUILDS[build]["steps"]} <= images
    assert all(re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+[\w-]*@sha256:[0-9a-f]{64}", image) for image in images)
    assert len({image.partition(":")[0] for image in images}) == len(images)


def test_it_tests_what_make_test_tests() -> None:
    """A step runs each folder of tests, with a browser and Prometheus; nothing is skipped silently."""
    scripts = [step["script"] for step in BUILDS["tests"]["steps"]]
    named = chain.from_iterable(re.findall(r"(?:pytest|dist loadfile) (.*)", each) for each in scripts)
    folders = [
        word for line in named for word in line.split(" --ignore")[0].split() if word.startswith("tests/")
    ]
    here = {f"tests/{each.name}" for each in (ROOT / "tests").iterdir() if any(each.rglob("test_*.py"))}
    assert {*folders} - {"tests/terraform/plan"} == here
    assert "CI=true" in BUILDS["tests"]["options"]["env"]
    assert "install_chromium.sh" in steps("tests")["browser-tests"]["script"]
    assert {"prometheus", "terraform", "python"} <= before("tests", "deployment-tests")
    assert "make --old-file=.venv/.ready lint" in steps("tests")["lint"]["script"]


def test_what_takes_long_runs_at_the_same_time() -> None:
    """No test waits for another: they end within the build's time limit together."""
    tests = {name for name in steps("tests") if name.endswith(("-tests", "lint", "audit"))}
    assert len(tests) == 7
    for name in tests:
        assert not before("tests", name) & tests, name


def test_each_build_runs_as_its_own_account(triggers: Triggers) -> None:
    """Tests, and all that their dependencies bring, run as the account that can do least."""
    accounts = {name: trigger["service_account"] for name, trigger in triggers.items()}
    assert accounts == {
        "trigger": "${google_service_account.checker.id}",
        "plan": "${google_service_account.planner.id}",
        "apply": "${google_service_account.deployer.id}",
    }
    for build in ("plan", "apply"):
        script = "".join(step["script"] for step in BUILDS[build]["steps"])
        assert not re.search(r"\b(pytest|uv|pip|make)\b", script)


def test_a_merge_does_not_change_what_plans_and_deploys(triggers: Triggers) -> None:
    """The triggers contain the steps of these builds, and only an owner's apply changes triggers."""
    for name in ("plan", "apply"):
        assert not triggers[name].keys() & {"filename", "git_file_source"}
        (build,) = triggers[name]["build"]
        ((_, step),) = build["dynamic"][0].items()
        assert step["for_each"] == f"${{local.pipeline.{name}.steps}}"
    assert triggers["trigger"]["filename"] == "cloudbuild.yaml"


def test_a_plan_is_approved_by_its_hash(triggers: Triggers) -> None:
    """The saved plan is named by its hash, the approver sees the name, and only that plan is applied."""
    assert "$(sha256sum plan.tgz | cut -d ' ' -f 1).tgz" in steps("plan")["save"]["script"]
    assert triggers["apply"]["substitutions"] == {"_PLAN": "$(body.message.attributes.objectId)"}
    assert triggers["apply"]["approval_config"] == [{"approval_required": '${var.environment == "prod"}'}]
    fetch = steps("apply")["fetch"]["script"]
    assert fetch.index("sha256sum --check") < fetch.index("tar -xzf")
    assert {"fetch", "tests"} <= before("apply", "apply")
    assert "terraform apply -lock-timeout=300s plan.tfplan" in steps("apply")["apply"]["script"]


def test_triggers_substitute_what_their_builds_read(triggers: Triggers) -> None:
    """Each substitution of a trigger exists in its build: a misspelt one would leave a silent default."""
    assert triggers["trigger"]["substitutions"].keys() <= BUILDS["tests"]["substitutions"].keys()
    environment = str(triggers["apply"]["build"][0]["options"][0]["env"])
    assert all(f"${name}" in environment for name in triggers["apply"]["substitutions"])


def test_a_deployment_is_tried_before_it_takes_all_requests() -> None:
    """A share meets the new revisions; orders are sent and errors counted before the rest does."""
    script = steps("apply")["rollout"]["script"]
    order = ["split --percent=10", "canary 300 50", "watch --minutes=15", "finish", "pin"]
    assert [script.index(each) for each in order] == sorted(script.index(each) for each in order)
    assert "pin" in steps("apply")["pin"]["script"]
    assert "pin" in before("apply", "apply")


def test_functions_run_on_the_python_they_are_tested_on() -> None:
    """The runtime deployed by default is the interpreter of the build's tests."""
    (runtime,) = [each.body["default"] for each in blocks("variable") if each.name == "runtime"]
    tested = re.search(r"--python (\d)\.(\d+)", steps("tests")["python"]["script"])
    assert tested
    assert runtime == f"python{tested[1]}{tested[2]}"
