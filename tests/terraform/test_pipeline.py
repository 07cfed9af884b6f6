"""The scripts of the pipeline's builds, run with stand-ins for what they call."""

import hashlib
import re
from pathlib import Path

import pytest

from tests.terraform.programs import Programs
from tests.terraform.test_build import steps

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BUILD = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """Return stand-ins for gcloud, Terraform, and waiting."""
    (tmp_path / "bin").mkdir()
    return Programs(tmp_path / "bin", "gcloud", "terraform", "sleep")


def run(programs: Programs, folder: Path, build: str, step: str, **environment: str) -> tuple[int, str]:
    """Run a step's script in a folder; return its exit code and all that it printed."""
    script = folder / f"{step}.sh"
    script.write_text(steps(build)[step]["script"])
    script.chmod(0o755)
    done = programs.run(script, folder=folder, **environment)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("change", "owned"),
    [
        ('google_service_account.function["order_hold"] will be created', True),
        ('google_project_iam_member.deployer["roles/owner"] will be created', True),
        ("google_project_iam_custom_role.deployer will be updated in-place", True),
        ("google_kms_crypto_key_iam_member.custodian must be replaced", True),
        ('google_project_service.api["compute.googleapis.com"] will be created', True),
        ("google_cloudbuild_trigger.apply will be updated in-place", True),
        ("google_storage_bucket_iam_member.planner_plans will be destroyed", True),
        ("google_compute_firewall.consumers will be destroyed", True),
        ('google_cloudfunctions2_function.function["ship"] will be updated in-place', False),
        ('google_storage_bucket_object.source["ship"] must be replaced', False),
        ('google_pubsub_topic_iam_member.publisher["a"] will be created', False),
        ("google_compute_backend_service.console will be updated in-place", False),
    ],
)
def test_what_takes_an_owner_stops_at_the_plan(
    programs: Programs, tmp_path: Path, change: str, owned: object
) -> None:
    """The deploying account would be refused half way; the plan's build names the change and what to run."""
    (tmp_path / "terraform").mkdir()
    (tmp_path / "terraform" / "plan.txt").write_text(f"Terraform will\n\n  # {change}\n  ~ resource\n")
    code, output = run(programs, tmp_path, "plan", "owner", PROJECT_ID="p", ENVIRONMENT="prod")
    assert (code == 1) is owned, output
    assert ("terraform/bootstrap.sh p prod" in output) is owned


def fetch(programs: Programs, tmp_path: Path, plan: str, content: bytes) -> tuple[int, str]:
    """Run the step that fetches a plan; the bucket holds the content."""
    (tmp_path / "plan.tgz").write_bytes(content)
    return run(programs, tmp_path, "apply", "fetch", PLAN=plan, STATE_BUCKET="state")


@pytest.mark.parametrize(
    "plan",
    [
        "plans/../default.tfstate",
        f"plans/{COMMIT}/{BUILD}/{'0' * 63}.tgz",
        f"other/{COMMIT}/{BUILD}/{'0' * 64}.tgz",
        f"plans/{COMMIT}/{BUILD}/{'0' * 64}.tgz; gcloud projects delete p",
        "",
    ],
)
def test_a_name_that_is_no_plans_is_refused(programs: Programs, tmp_path: Path, plan: str) -> None:
    """Nothing is fetched by a name of another form."""
    code, output = fetch(programs, tmp_path, plan, b"")
    assert code == 1
    assert "Not the name of a plan" in output
    assert programs.calls == []


def test_a_plan_other_than_the_approved_one_is_refused(programs: Programs, tmp_path: Path) -> None:
    """What the bucket holds must have the hash in the approved name."""
    code, output = fetch(programs, tmp_path, f"plans/{COMMIT}/{BUILD}/{'0' * 64}.tgz", b"another plan")
    assert code == 1
    assert "did NOT match" in output


def test_the_approved_plan_is_unpacked(programs: Programs, tmp_path: Path) -> None:
    """The step that saves and the step that fetches agree on the name, the hash and the content."""
    for folder in ("functions", "shared", "terraform"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").write_text(folder)
    (tmp_path / "terraform" / "plan.txt").write_text("the plan to read")
    code, output = run(
        programs, tmp_path, "plan", "save", COMMIT_SHA=COMMIT, BUILD_ID=BUILD, STATE_BUCKET="state"
    )
    assert code == 0, output
    (copied,) = programs.calls
    (plan,) = re.findall(r"storage cp plan\.tgz gs://state/(\S+) --no-clobber", copied)
    content = (tmp_path / "plan.tgz").read_bytes()
    assert hashlib.sha256(content).hexdigest() in plan
    assert "the plan to read" in output

    apply = tmp_path / "apply"
    apply.mkdir()
    code, output = fetch(programs, apply, plan, content)
    assert code == 0, output
    assert (apply / "terraform" / "plan.txt").read_text() == "the plan to read"
    assert (apply / "commit").read_text().strip() == COMMIT


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (["SUCCESS"], 0),
        (["", "QUEUED", "WORKING", "SUCCESS"], 0),
        (["WORKING", "FAILURE"], 1),
        (["TIMEOUT"], 1),
        (["CANCELLED"], 1),
    ],
)
def test_nothing_is_applied_untested(
    programs: Programs, tmp_path: Path, statuses: list[str], code: int
) -> None:
    """The deploying build waits for the tests of the plan's commit, of main, and asks Cloud Build."""
    (tmp_path / "commit").write_text(f"{COMMIT}\n")
    for status in statuses:
        programs.answer("builds list", f"{status}\n", times=1)
    ended, output = run(programs, tmp_path, "apply", "tests", REGION="r")
    assert ended == code, output
    asked = [each for each in programs.calls if "builds list" in each]
    assert len(asked) == len(statuses)
    conditions = ("TRIGGER_NAME=order-events-test", "BRANCH_NAME=main", f"COMMIT_SHA={COMMIT}")
    assert " AND ".join(f"substitutions.{each}" for each in conditions) in asked[0]
