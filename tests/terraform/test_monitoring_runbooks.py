"""A person on call reads what an alert means, what to look at, and what to type, in order."""

import re

import pytest

from shared.consumer.exception_alerts import EXCEPTION_ALERT
from shared.failed_messages.failure_reports import CRITICAL_ALERT
from shared.failed_messages.notifications import NotificationKind
from tests.terraform.hcl import local
from tests.terraform.monitoring_files import LINKS, alerts, dashboards, runbooks, widgets

FROM_THE_LOG = {
    "first_critical_dead_letter": CRITICAL_ALERT,
    "new_failure_group": NotificationKind.NEW_GROUP.value,
    "growing_failure_group": NotificationKind.GROWING.value,
    "order_exception": EXCEPTION_ALERT,
}
PLACES = {"project", "region"}
SECTIONS = ["What it means", "What to look at", "What to do"]
MAX_RUNBOOK_LENGTH = 8192


def test_every_alert_has_its_runbook() -> None:
    """Alerts and runbooks belong together, by name."""
    assert runbooks().keys() == {*alerts(), *FROM_THE_LOG}


@pytest.mark.parametrize("name", runbooks())
def test_a_runbook_answers_the_three_questions(name: str) -> None:
    """It has the three sections, links to dashboard, console and log, and fits Cloud Monitoring's limit."""
    text = runbooks()[name]

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert set(re.findall(r"\$\{(\w+)\}", text)) | PLACES == LINKS | PLACES
    assert len(text) < MAX_RUNBOOK_LENGTH


@pytest.mark.parametrize("name", runbooks())
def test_charts_a_runbook_names_exist(name: str) -> None:
    """What is printed in bold is the beginning of a chart's title."""
    titles = [each["title"] for dashboard in dashboards().values() for each in widgets(dashboard)]

    for named in re.findall(r"\*\*(.+?)\*\*", runbooks()[name]):
        assert any(title.startswith(named) for title in titles), named


@pytest.mark.parametrize("name", runbooks())
def test_runbooks_a_runbook_names_exist(name: str) -> None:
    """A runbook refers to others by their names."""
    assert set(re.findall(r"runbook of (\w+)", runbooks()[name])) - {"the"} <= runbooks().keys()


@pytest.mark.parametrize("name", runbooks())
def test_a_runbook_says_what_to_type_and_what_to_look_for(name: str) -> None:
    """Steps are numbered in order, and at least one has a command, with what its output should show."""
    what_to_do = runbooks()[name].partition("## What to do")[2]
    assert "```console\n" in what_to_do
    assert "Look for" in what_to_do
    steps = [int(each) for each in re.findall(r"(?m)^(\d+)\. ", what_to_do)]
    assert steps == [*range(1, len(steps) + 1)]


def test_the_log_is_matched_by_what_the_code_writes() -> None:
    """The alerts on the log look for the words that the code logs."""
    log_alerts = local("log_alerts")
    assert {name: each["alert"] for name, each in log_alerts.items()} == FROM_THE_LOG
