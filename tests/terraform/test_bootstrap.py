"""An owner brings an empty project to a deployed environment by one script, which may be repeated."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.lab.stack.paths import ROOT
from tests.terraform.hcl import FOLDER
from tests.terraform.programs import Programs

SCRIPT = Path("terraform", "bootstrap.sh")
PROJECT = "order-events-dev"
NEW = ("storage buckets describe", "secrets versions describe")
"""What is asked for and is not there in an empty project."""

STEPS = [
    "gcloud projects describe",
    "gcloud services enable",
    "gcloud storage buckets create",
    "--versioning --lifecycle-file=terraform/state_lifecycle.json",
    "gcloud storage service-agent",
    "gcloud builds submit",
    "terraform -chdir=terraform init -reconfigure -backend-config=environments/dev.gcs.tfbackend",
    "terraform -chdir=terraform apply -var-file=environments/dev.tfvars -target",
    "python -m shared.maintenance create --kms-key projects/p/key",
    "gcloud secrets versions add",
    "terraform -chdir=terraform apply -var-file=environments/dev.tfvars",
    "gcloud projects get-iam-policy",
    "canary.sh",
]
"""The commands that change or prove something, in order."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project's folder with the script, the environments, and stand-ins for its own programs."""
    (tmp_path / "terraform").mkdir()
    shutil.copy(FOLDER / "bootstrap.sh", tmp_path / SCRIPT)
    shutil.copytree(FOLDER / "environments", tmp_path / "terraform" / "environments")
    return tmp_path


@pytest.fixture
def programs(project: Path) -> Programs:
    """Return stand-ins for all that the script calls."""
    for folder in ("bin", ".venv/bin"):
        (project / folder).mkdir(parents=True)
    programs = Programs(project / "bin", "gcloud", "terraform", "python", "canary.sh", "python3")
    for name, link in (("python", ".venv/bin/python"), ("canary.sh", "terraform/canary.sh")):
        (project / link).symlink_to(project / "bin" / name)
    return programs


@pytest.fixture
def empty(programs: Programs) -> Programs:
    """Return the stand-ins of an empty project."""
    for missing in NEW:
        programs.answer(missing, code=1)
    programs.answer("output -raw keyset_kms_key", "projects/p/key")
    return programs


def changes(programs: Programs) -> list[str]:
    """Return the calls that change something."""
    return [each for each in programs.calls if not re.search("|".join((*NEW, "output -raw")), each)]


def test_an_empty_project_takes_every_step_in_order(project: Path, empty: Programs) -> None:
    """Each command runs once, the keyset is made before what needs it, and its file is gone afterwards."""
    done = empty.run(project / SCRIPT, PROJECT, "dev")

    assert done.returncode == 0, done.stderr
    calls = changes(empty)
    assert len(calls) == len(STEPS)
    for call, step in zip(calls, STEPS, strict=True):
        assert step in call
    (file,) = (each.rpartition("--data-file=")[2].split()[0] for each in calls if "--data-file" in each)
    assert not Path(file).parent.exists()
    assert [line[0] for line in done.stdout.splitlines() if re.match(r"\d\. ", line)] == [*"123456"]


def test_it_may_be_run_again(project: Path, programs: Programs) -> None:
    """What is there stays: no bucket and no keyset is made a second time."""
    done = programs.run(project / SCRIPT, PROJECT, "dev")
    assert done.returncode == 0, done.stderr
    assert not [
        each for each in changes(programs) if re.search("buckets create|maintenance|versions add", each)
    ]
    assert "The secret holds a keyset: it stays." in done.stdout


def test_a_dry_run_prints_the_commands_and_runs_none(project: Path, programs: Programs) -> None:
    """A person reads six steps with the commands to type, and nothing is called."""
    done = programs.run(project / SCRIPT, PROJECT, "dev", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert programs.calls == []
    printed = re.findall(r"(?m)^   \$ (.*)$", done.stdout)
    assert len(printed) == len(STEPS)
    for line, step in zip(printed, STEPS, strict=True):
        assert step.replace("projects/p/key", "KEY") in line
    assert done.stdout.endswith("This was a dry run: nothing was changed.\n")
    assert max(map(len, done.stdout.splitlines())) < 220
    (keyset,) = (line for line in printed if "maintenance create" in line)
    assert keyset.startswith(f"env GOOGLE_CLOUD_QUOTA_PROJECT={PROJECT} ")


@pytest.mark.parametrize(
    ("failing", "step", "remedy"),
    [
        ("projects describe", 1, "gcloud auth login"),
        ("services enable", 1, "Link a billing account"),
        ("buckets create", 1, "unique in the world"),
        ("builds submit", 1, "refuses builds of this project"),
        ("apply .*-target", 2, "organization policy"),
        ("maintenance create", 3, "keyset_custodians"),
        ("secrets versions add", 3, "keyset_custodians"),
        ("apply -var-file=environments/dev.tfvars$", 4, "take up to ten minutes"),
        ("canary.sh", 5, "gcloud logging read"),
    ],
)
def test_it_stops_at_the_first_failure_with_the_remedy(
    project: Path, empty: Programs, failing: str, step: int, remedy: str
) -> None:
    """Nothing runs after what failed, and the last lines say what to do."""
    programs = empty
    programs.answer(failing, error="something went wrong", code=1)
    done = programs.run(project / SCRIPT, PROJECT, "dev")

    assert done.returncode == 1
    assert re.search(failing, programs.calls[-1])
    assert "something went wrong" in done.stderr
    assert f"stopped at step {step}." in done.stderr
    assert remedy in done.stderr
    assert done.stderr.endswith("Then run it again: it goes on where it stopped.\n")


def test_no_rule_deletes_the_state() -> None:
    """Plans expire once no approval can start them; elsewhere only replaced versions go."""
    rules = json.loads((FOLDER / "state_lifecycle.json").read_text())["rule"]
    plans, versions = (each["condition"] for each in rules)
    assert plans == {"age": 70, "matchesPrefix": ["plans/"]}
    assert versions.pop("isLive") is False
    assert versions == {"daysSinceNoncurrentTime": 90, "numNewerVersions": 50}
    for backend in (FOLDER / "environments").glob("*.tfbackend"):
        assert not re.search(r'prefix *= *"plans', backend.read_text())


def test_an_account_that_is_an_editor_stops_the_bootstrap(project: Path, empty: Programs) -> None:
    """An account that Google made an editor is named, with the command that takes the role away."""
    empty.answer("get-iam-policy", "serviceAccount:1-compute@developer.gserviceaccount.com\n")
    done = empty.run(project / SCRIPT, PROJECT, "dev")
    assert done.returncode == 1
    assert "1-compute@developer.gserviceaccount.com" in done.stderr
    assert "remove-iam-policy-binding" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["order-events-dev", "deev"], "There is no terraform/environments/deev.tfvars"),
        (["another-project", "dev"], 'Set project_id = "another-project"'),
        (["order-events-dev"], "Usage"),
        ([], "Usage"),
    ],
)
def test_wrong_values_stop_it_before_anything_runs(
    project: Path, programs: Programs, arguments: list[str], message: str
) -> None:
    """If the values name another project or environment, the script stops before it calls a program."""
    done = programs.run(project / SCRIPT, *arguments)
    assert done.returncode != 0
    assert message in done.stderr
    assert programs.calls == []


def test_a_gradual_environment_pins_what_serves(project: Path, programs: Programs) -> None:
    """Cloud Run sends all requests to the newest revision until one is named."""
    done = programs.run(project / SCRIPT, "order-events-prod", "prod")
    assert done.returncode == 0, done.stderr
    apply, pin, canary = (
        next(position for position, call in enumerate(programs.calls) if re.search(each, call))
        for each in ("prod.tfvars$", "traffic.py pin --project=order-events-prod", "canary.sh")
    )
    assert apply < pin < canary
    assert "traffic.py finish --project=order-events-prod" in done.stdout


def test_the_module_it_calls_exists() -> None:
    """The keyset is made by the project's own command."""
    assert (ROOT / "shared" / "maintenance" / "__main__.py").exists()
