"""The console knows where to replay, and no caller can claim to be someone else."""

import base64
import json
import re
from pathlib import Path

from tests.lab.stack import topology
from tests.lab.stack.environment import console_subscriptions
from tests.lab.stack.paths import ROOT
from tests.terraform.hcl import blocks
from tests.terraform.planned import Plan
from tests.terraform.sources import archive_texts

TOPOLOGY = topology.load()
REPLAYED = {each.function for each in TOPOLOGY.subscriptions.values()}
PRIVATE_ADDRESSES = {f"199.36.153.{number}" for number in range(8, 12)}
"""Of private.googleapis.com, which count as a private range."""
BLOCK = "google_cloudfunctions2_function.console"


def scheduled_requests() -> set[str]:
    """Return the names below /api that the console lets the schedule call."""
    sources = (ROOT / "functions" / "console" / "api").glob("*.py")
    declared = r'@router\.post\(\s*"/([\w-]+)",[^@]*?require_role\([^)]*scheduled=True'
    return {name for each in sources for name in re.findall(declared, each.read_text())}


def test_it_knows_every_subscription_as_it_does_locally(planned: Plan) -> None:
    """Its subscriptions are those of the topology, each with its function."""
    (values,) = planned.of(BLOCK).values()
    (config,) = values["service_config"]
    configured = config["environment_variables"]["SUBSCRIPTIONS"]
    assert json.loads(configured) == json.loads(console_subscriptions(TOPOLOGY.subscriptions))


def test_it_may_call_exactly_the_functions_that_it_replays_to(planned: Plan) -> None:
    """It may call what it replays to, the function for dead letters not among it, or a proxy."""
    calls = planned.of("google_cloud_run_v2_service_iam_member.console")
    assert calls.keys() == (set() if planned.variables["push_proxy"] else REPLAYED)
    assert {values["role"] for values in calls.values()} <= {"roles/run.invoker"}


def test_its_calls_are_internal_to_the_functions(planned: Plan) -> None:
    """Calls to functions leave by a network, or they are refused; all others take the direct way.

    A starting instance needs Cloud KMS and Firestore, and its way through a network may not be there yet.
    """
    (values,) = planned.of(BLOCK).values()
    (config,) = values["service_config"]
    (network,) = planned.of("google_compute_subnetwork.console").values()
    (zone,) = planned.of("google_dns_managed_zone.console").values()
    records = planned.of("google_dns_record_set.console")
    assert config["direct_vpc_egress"] == "VPC_EGRESS_PRIVATE_RANGES_ONLY"
    assert (zone["dns_name"], zone["visibility"]) == ("run.app.", "private")
    assert records.keys() == {"run.app.", "*.run.app."}
    assert {address for each in records.values() for address in each["rrdatas"]} == PRIVATE_ADDRESSES
    assert len(config["direct_vpc_network_interface"]) == 1
    assert network["private_ip_google_access"]


def test_only_the_proxy_and_the_schedule_may_call_it(planned: Plan) -> None:
    """A person who could call it past the proxy could write the header that says who asks."""
    (values,) = planned.of(BLOCK).values()
    callers = {
        each.block
        for each in planned
        if each.type == "google_cloud_run_v2_service_iam_member" and each.values["name"] == values["name"]
    }
    schedule, proxy = (f"google_cloud_run_v2_service_iam_member.{name}" for name in ("schedule", "iap"))
    assert schedule in callers
    assert callers <= {schedule, proxy}
    assert {each["ingress_settings"] for each in values["service_config"]} == {"ALLOW_INTERNAL_AND_GCLB"}


def test_nothing_leads_to_it_but_through_the_proxy(planned: Plan) -> None:
    """The load balancer asks Identity-Aware Proxy about every request."""
    for values in planned.of("google_compute_backend_service.console").values():
        assert [each["enabled"] for each in values["iap"]] == [True]


def test_the_schedule_asks_as_the_console_wants_to_be_asked(planned: Plan) -> None:
    """The schedule sends JSON, and proves who it is by its own token."""
    (grant,) = planned.of("google_cloud_run_v2_service_iam_member.schedule").values()
    jobs = planned.of("google_cloud_scheduler_job.console")

    assert {name: job["schedule"] for name, job in jobs.items()} == {
        "retry-deferred": "* * * * *",
        "advance-runs": "* * * * *",
        "check-deadlines": "*/5 * * * *",
    }
    assert jobs.keys() == scheduled_requests()
    for job in jobs.values():
        (target,) = job["http_target"]
        assert target["http_method"] == "POST"
        (token,) = target["oidc_token"]
        headers = {name.lower(): value for name, value in target["headers"].items()}
        caller = token["service_account_email"]
        assert headers["content-type"] == "application/json"
        assert json.loads(base64.b64decode(target["body"])) == {}
        assert grant["member"] == f"serviceAccount:{caller}"


def test_the_schedules_token_is_made_for_the_console() -> None:
    """The console compares the token's audience with its own address."""
    (job,) = (each.body for each in blocks("resource") if each.name == "google_cloud_scheduler_job.console")
    (target,) = job["http_target"]
    (token,) = target["oidc_token"]
    assert target["uri"] == token["audience"] + "/api/${each.key}"


def test_it_is_given_as_long_as_the_schedule_waits(planned: Plan) -> None:
    """A look that is still at work is not begun a second time."""
    (values,) = planned.of(BLOCK).values()
    (config,) = values["service_config"]
    for job in planned.of("google_cloud_scheduler_job.console").values():
        assert job["attempt_deadline"] == f"{config['timeout_seconds']}s"


def test_its_archive_is_whole(planned: Plan, planned_root: Path) -> None:
    """The archive has the console's files, pages and styles among them, unchanged."""
    archive = planned.read('data.archive_file.function["console"]')
    texts = {each["filename"]: each["content"] for each in archive["source"]}
    assert texts == archive_texts("console", planned_root)
