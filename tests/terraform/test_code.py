"""Rules on the Terraform code itself."""

import re
import subprocess
from pathlib import Path

import pytest

from shared.settings import ConsoleSettings
from tests.lab.stack.paths import ROOT
from tests.terraform.grants import ON
from tests.terraform.hcl import FOLDER, blocks, local
from tests.tools import TERRAFORM

ENVIRONMENTS = sorted((FOLDER / "environments").glob("*.tfvars"))
# Pinned here and not in the lock file: its own pins would hold back the project's.
CHECKOV = "checkov==3.3.30"

OF_CLOUD_RUN = {"K_SERVICE", "K_REVISION"}
OF_THE_LOCAL_STACK = {
    "FIRESTORE_EMULATOR_HOST",
    "KMS_EMULATOR_HOST",
    "METRICS_INTERVAL_SECONDS",
    "METRICS_URL",
    "MONITORING_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
}
"""Settings that only a stack on one machine changes."""


def test_variables_are_typed_and_described() -> None:
    """Every variable says what it is for and what it takes."""
    for variable in blocks("variable"):
        assert variable.body.keys() >= {"description", "type"}, variable.name


def test_outputs_are_described() -> None:
    """Every output says what it is for."""
    for output in blocks("output"):
        assert output.body["description"], output.name


def test_repeated_resources_are_keyed_by_name() -> None:
    """Instances are keyed by name: a number would move all that follow when one is taken out."""
    for kind in ("resource", "data", "module"):
        for block in blocks(kind):
            assert "count" not in block.body, block.name


def test_providers_have_exact_versions() -> None:
    """A provider's release changes no plan."""
    (required,) = [
        each.body["required_providers"] for each in blocks("terraform") if "required_version" in each.body
    ]
    versions = {name: entry["version"] for providers in required for name, entry in providers.items()}
    assert versions
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values()), versions


def test_each_call_counts_as_the_project_s() -> None:
    """Some APIs refuse an owner's credentials unless a call names the project it counts for."""
    for provider in blocks("provider"):
        named = (provider.body["user_project_override"], provider.body["billing_project"])
        assert named == (True, "${var.project_id}"), provider.name
    for roles in ("deployer_roles", "planner_roles"):
        assert "roles/serviceusage.serviceUsageConsumer" in local(roles), roles


def test_an_agent_that_was_asked_for_is_granted_its_role() -> None:
    """Google grants such an agent nothing: without its role it deploys no function and makes no token."""
    named = {block.name: block.body for block in blocks("resource")}
    agents = named["google_project_service_identity.agent"]["for_each"]
    granted = named["google_project_iam_member.agent"]
    assert granted["member"] == "${google_project_service_identity.agent[each.key].member}"
    assert granted["for_each"] == {
        name: f"roles/{service.removesuffix('.googleapis.com')}.serviceAgent"
        for name, service in agents.items()
        if name != "pubsub"  # granted one by one, and never on the project
    }
    assert "google_project_iam_member.agent" in str(named["time_sleep.grants"]["depends_on"])


def test_what_something_else_uses_goes_after_its_user_was_updated() -> None:
    """Terraform would first delete what Google refuses to delete while a function or an alert uses it."""
    used = {"google_compute_subnetwork.consumers", "google_monitoring_notification_channel.email"}
    assert used == {
        block.name
        for block in blocks("resource")
        if block.name in used and block.body["lifecycle"] == [{"create_before_destroy": True}]
    }


def test_the_topology_is_read_in_one_place_and_nothing_is_forgiven() -> None:
    """Only the module with the rules decodes the topology, and no `try` hides what is missing in it."""
    readers = [file for file in FOLDER.rglob("*.tf") if 'topology.yaml")' in file.read_text()]
    assert readers == [FOLDER / "topology" / "main.tf"]
    assert not [file for file in FOLDER.rglob("*.tf") if re.search(r"\btry\(", file.read_text())]


def test_a_grant_is_made_again_with_what_it_is_on() -> None:
    """A new topic or function has no grants: one that names it by a known name would stay missing."""
    for block in blocks("resource"):
        kind = block.name.partition(".")[0]
        if not kind.endswith("_iam_member") or kind == "google_project_iam_member":
            continue
        on = block.body[ON[kind][1]]
        ours = not re.search(r"\bvar\.", on)
        known_once_made = on.endswith(".id}") or kind == "google_service_account_iam_member"
        with_it = block.body.get("lifecycle", [{}])[0].get("replace_triggered_by")
        assert bool(with_it) is (ours and not known_once_made), block.name


def test_every_setting_can_be_deployed() -> None:
    """Terraform sets each setting that neither the platform nor the local stack does."""
    code = "\n".join(file.read_text() for file in FOLDER.rglob("*.tf"))
    settings = {str(field.alias) for field in ConsoleSettings.model_fields.values()}
    assert {name for name in settings if not re.search(rf"\b{name}\s*=", code)} == (
        OF_CLOUD_RUN | OF_THE_LOCAL_STACK
    )


def test_no_subscription_or_topic_is_deleted_for_being_quiet() -> None:
    """Subscriptions never expire."""
    for block in blocks("resource"):
        if block.name.startswith("google_pubsub_subscription."):
            assert block.body["expiration_policy"] == [{"ttl": ""}], block.name


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.stem)
def test_environments_set_what_is_required_and_nothing_unknown(environment: Path) -> None:
    """An environment's values and its backend are complete, and name no variable that does not exist."""
    variables = {each.name: each.body for each in blocks("variable") if each.file.parent == FOLDER}
    given = set(re.findall(r"(?m)^(\w+)\s*=", environment.read_text()))
    backend = set(re.findall(r"(?m)^(\w+)\s*=", environment.with_suffix(".gcs.tfbackend").read_text()))

    assert given <= variables.keys()
    assert given >= {name for name, body in variables.items() if "default" not in body}
    assert backend == {"bucket", "prefix"}


def test_terraform_is_formatted() -> None:
    """All of it is formatted as `terraform fmt` does."""
    formatted = subprocess.run(
        [TERRAFORM.require(), "fmt", "-check", "-diff", "-recursive", FOLDER],
        capture_output=True,
        text=True,
        check=False,
    )
    assert formatted.returncode == 0, formatted.stdout


def test_checkov_finds_nothing() -> None:
    """Checkov's rules for Google Cloud hold, but for those that a comment beside the resource explains."""
    run = [".tools/bin/uv", "tool", "run", "--from", CHECKOV, "checkov", "-d", str(FOLDER)]
    options = ["--framework", "terraform", "--compact", "--quiet", "--skip-download"]
    checked = subprocess.run([*run, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "Passed checks" in checked.stdout


def test_every_skipped_check_is_explained() -> None:
    """A skip names the check and says why."""
    skips = [
        line for file in FOLDER.rglob("*.tf") for line in file.read_text().splitlines() if "checkov:" in line
    ]
    assert skips
    for line in skips:
        assert re.fullmatch(r"\s*#checkov:skip=CKV2?_GCP_\d+: .{20,}", line), line
