"""An option of the wrong shape, or one that contradicts another, stops the plan and is named."""

import json
import re
from typing import Any

import pytest

from shared.settings import ConsoleSettings
from tests.terraform.staging import Workspace

PROXY = {"url": "https://push.example.com/events", "account": "proxy@orders-prod.iam.gserviceaccount.com"}
GOOD: dict[str, Any] = {
    "trace_sample_ratio": 0.1,
    "max_ahead_seconds": 3600,
    "alert_webhook": {"secret": "webhook", "format": "slack"},
    "console_url": "https://console.example.com",
    "restrict_egress": False,
    "push_proxy": PROXY,
    "console_roles": {"lead@example.com": "approver"},
    "reviewers": ["group:on-call@example.com", "user:Lead@example.com"],
    "keyset_custodians": ["group:security@example.com"],
    "environment": "prod",
    "alert_emails": {"on-call": "on-call@example.com"},
    "alert_channels": ["projects/orders-prod/notificationChannels/1"],
    "iap_audience": "/projects/1/global/backendServices/2",
    "analytics": {"readers": ["group:analysts@example.com"]},
}
OFF: dict[str, Any] = {
    "trace_sample_ratio": 0,
    "max_ahead_seconds": 86_400,
    "alert_webhook": None,
    "console_url": None,
    "restrict_egress": True,
    "push_proxy": None,
    "console_roles": {},
    "keyset_custodians": [],
    "environment": "dev",
    "alert_emails": {},
    "alert_channels": [],
    "iap_audience": None,
    "analytics": None,
}


@pytest.fixture(scope="module")
def options(workspace: Workspace) -> Workspace:
    """Return a copy of the project where the options can be planned: each test writes all of them."""
    workspace.must("options", "init", "-input=false")
    return workspace


def outputs_of(options: Workspace, given: dict[str, Any]) -> dict[str, Any]:
    """Return the module's outputs for some options."""
    (options.folder / "options" / "given.auto.tfvars.json").write_text(json.dumps(given))
    options.must("options", "apply", "-auto-approve", "-input=false")
    outputs = json.loads(options.must("options", "output", "-json"))
    return {name: output["value"] for name, output in outputs.items()}


def test_options_reach_the_settings(options: Workspace) -> None:
    """Each option arrives as settings read it."""
    outputs = outputs_of(options, GOOD)
    kinds = ("function_environment", "notification_environment", "console_environment")
    environment = {name: value for kind in kinds for name, value in outputs[kind].items()}
    required = {"GOOGLE_CLOUD_PROJECT": "p", "SUBSCRIPTIONS": "{}", "KEYSET_FILE": "f", "FUNCTION_URLS": "{}"}
    settings = ConsoleSettings.read(required | environment)

    assert settings.trace_sample_ratio == 0.1
    assert settings.max_ahead_seconds == 3600
    assert settings.alert_webhook_format == "slack"
    assert settings.console_url == GOOD["console_url"]
    assert outputs["notification_secrets"] == {"ALERT_WEBHOOK_URL": "webhook"}
    assert settings.iap_audience == GOOD["iap_audience"]
    assert settings.roles == {"lead@example.com": "approver"}
    assert outputs["push_proxy"] == PROXY
    assert outputs["analytics"] == GOOD["analytics"]


def test_without_options_nothing_is_switched_on(options: Workspace) -> None:
    """Nothing is sampled or posted, and the console has no roles, which would bar other reviewers."""
    outputs = outputs_of(options, GOOD | OFF)

    assert outputs["function_environment"] == {"TRACE_SAMPLE_RATIO": "0", "MAX_AHEAD_SECONDS": "86400"}
    assert (outputs["notification_environment"], outputs["notification_secrets"]) == ({}, {})
    assert outputs["console_environment"] == {}
    assert outputs["keyset_custodians"] == []
    assert "analytics" not in outputs


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        pytest.param({"trace_sample_ratio": 10}, "is a share, from 0 (none) to 1", id="percent"),
        pytest.param({"trace_sample_ratio": -0.1}, "is a share, from 0 (none) to 1", id="negative share"),
        pytest.param({"max_ahead_seconds": -1}, "is zero or more", id="happened before"),
        pytest.param(
            {"alert_webhook": {"secret": "https://hooks.example.com", "format": "json"}},
            "never the URL itself",
            id="plain hook",
        ),
        pytest.param(
            {"alert_webhook": {"secret": "webhook", "format": "xml"}}, "json, slack or teams", id="format"
        ),
        pytest.param({"restrict_egress": True}, "is out of reach", id="webhook beyond the network"),
        pytest.param({"push_proxy": PROXY | {"url": "http://push.example.com"}}, "https URL", id="no TLS"),
        pytest.param(
            {"push_proxy": PROXY | {"url": "https://push.example.com/"}},
            "without a slash",
            id="slash at the end",
        ),
        pytest.param(
            {"push_proxy": PROXY | {"account": "serviceAccount:proxy@p.iam.gserviceaccount.com"}},
            "is the e-mail address of a service account",
            id="proxy with a prefix",
        ),
        pytest.param(
            {"push_proxy": PROXY | {"account": "lead@example.com"}},
            "is the e-mail address of a service account",
            id="proxy is a person",
        ),
        pytest.param(
            {"console_roles": {"lead@example.com": "admin"}},
            "viewer, operator or approver",
            id="unknown role",
        ),
        pytest.param(
            {"console_roles": {"group:on-call@example.com": "operator"}}, "no groups", id="role of a group"
        ),
        pytest.param(
            {"console_roles": {"Lead@example.com": "approver"}}, "in lower case", id="address in upper case"
        ),
        pytest.param(
            {"reviewers": ["user:lead@example.com", "user:intern@example.com"]},
            "console_roles does not name them: user:intern@example.com",
            id="reviewer without a role",
        ),
        pytest.param(
            {"alert_emails": {}, "alert_channels": []},
            "Production's alerts reach no one",
            id="production without a notification channel",
        ),
        pytest.param({"alert_emails": {"on-call": "on-call"}}, "to e-mail addresses", id="no address"),
        pytest.param({"alert_channels": ["slack"]}, "named in full", id="channel without its project"),
        pytest.param(
            {"iap_audience": "console"}, "as the output console_audience prints it", id="no audience"
        ),
        pytest.param(
            {"analytics": {"readers": ["allAuthenticatedUsers"]}},
            "analytics.readers are IAM members by name",
            id="events for all users",
        ),
        pytest.param({"keyset_custodians": ["allUsers"]}, "are IAM members by name", id="keys for all users"),
        pytest.param(
            {"keyset_custodians": ["lead@example.com"]},
            "are IAM members by name",
            id="custodian without a kind",
        ),
    ],
)
def test_a_bad_option_stops_the_plan(options: Workspace, bad: dict[str, Any], message: str) -> None:
    """Each of these mistakes is an error of the plan that says what is wrong."""
    (options.folder / "options" / "given.auto.tfvars.json").write_text(json.dumps(GOOD | bad))
    plan = options.run("options", "plan", "-input=false", "-no-color")
    assert plan.returncode == 1
    assert message in re.sub(r"[\s│]+", " ", plan.stderr)


def test_roles_are_checked_for_those_only_who_are_let_in_by_name(options: Workspace) -> None:
    """Without roles each reviewer may do anything, and a group's members are not known."""
    without_roles = {"console_roles": {}, "reviewers": ["user:intern@example.com"]}
    a_group = {"reviewers": ["group:on-call@example.com", "domain:example.com"]}
    assert "CONSOLE_ROLES" not in outputs_of(options, GOOD | without_roles)["console_environment"]
    assert "CONSOLE_ROLES" in outputs_of(options, GOOD | a_group)["console_environment"]
