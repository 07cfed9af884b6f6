"""An edit of the topology loses no message, and a resource that is made again gets its grants again."""

import json
import re

import pytest

from tests.terraform.applied.conftest import Applied
from tests.terraform.grants import ON
from tests.terraform.planned import Plan

pytestmark = pytest.mark.timeout(900)

TOPOLOGY = "terraform/topology.yaml"
SUBSCRIPTION = 'google_pubsub_subscription.subscription["{}"]'
TOPIC = 'google_pubsub_topic.topic["{}"]'

# Edits that would delete a backlog, and what the plan refuses to delete.
SUBSCRIPTIONS = (
    {
        'filter: attributes.eventType = "SHIP"': 'filter: attributes.eventType = "SHIPPED"',
        'NOT (attributes.eventType = "SHIP" OR': 'NOT (attributes.eventType = "SHIPPED" OR',
        "    function: order_cancel\n": "    function: order_cancel\n    ordering: false\n",
        "    topic: ship-events\n": "    topic: short-events\n",
        "dead_letter_topic: ship-events-dlq": "dead_letter_topic: short-events-dlq",
        "  order-release-sub:\n    topic: order-release\n    function: order_release\n"
        "    dead_letter_topic: order-release-dlq\n": "",
    },
    [
        SUBSCRIPTION.format(name)
        for name in (
            "fulfillment-events-unmatched-sub",
            "order-cancel-sub",
            "order-release-sub",
            "ship-events-direct-sub",
            "ship-events-sub",
        )
    ],
)
TOPICS = (
    {
        "  short-events: { group": "  short-events-2: { group",
        "    topic: short-events\n": "    topic: short-events-2\n",
        "  short-events-dlq: { group": "  short-events-2-dlq: { group",
        "{ topic: short-events-dlq }": "{ topic: short-events-2-dlq }",
        "    dead_letter_topic: short-events-dlq\n": "    dead_letter_topic: short-events-2-dlq\n",
    },
    [TOPIC.format(name) for name in ("short-events", "short-events-dlq")],
)

# One resource of each kind that accounts are granted roles on.
REPLACED = {
    "account": "google_service_account.push",
    "bucket": "google_storage_bucket.sources",
    "dataset": 'google_bigquery_dataset.analytics["order-events"]',
    "key": "google_kms_crypto_key.keyset",
    "repository": "google_artifact_registry_repository.images",
    "secret": "google_secret_manager_secret.keyset",
    "service": 'google_cloudfunctions2_function.function["ship"]',
    "subscription": SUBSCRIPTION.format("ship-events-sub"),
    "table": 'google_bigquery_table.events["order-events"]',
    "topic": TOPIC.format("order-events"),
    "way in": 'google_compute_backend_service.console["console"]',
}
OPTIONAL = {"way in", "dataset", "table"}
"""Kinds that an environment without options lacks."""
NAMES = ("table_id", "dataset_id", "secret_id", "repository_id", "email", "name")
"""Arguments by which grants name what they are on; the first that a resource has is its name."""


def refused(output: str) -> set[str]:
    """Return what a plan wanted to destroy, and must not."""
    return set(re.findall(r"Resource ([\w.-]+(?:\[\"[^\"]+\"\])?) has", " ".join(output.split())))


def is_on(plan: Plan, address: str, kind: str, name: str) -> bool:
    """Return whether a resource of the state is a grant on the resource of a kind and name."""
    on, argument = ON.get(address.partition(".")[0], ("", ""))
    return on == kind and plan.before[address][argument].rpartition("/")[2] == name


@pytest.mark.parametrize(
    ("edits", "kept"), [pytest.param(*SUBSCRIPTIONS, id="subscriptions"), pytest.param(*TOPICS, id="topics")]
)
def test_an_edit_that_would_delete_a_backlog_stops_the_plan(
    applied: Applied, edits: dict[str, str], kept: list[str]
) -> None:
    """A changed filter, order or topic, or an entry taken out: the plan stops and names it."""
    for old, new in edits.items():
        applied.edit(TOPOLOGY, old, new)
    code, output = applied.plan()
    assert code == 1
    assert sorted(refused(output)) == kept


def test_an_edit_of_a_policy_changes_the_subscription_in_place(applied: Applied) -> None:
    """Deadline, backoff, attempts and dead-letter topic are updated: the backlog stays."""
    applied.edit(TOPOLOGY, "    maximum_backoff_seconds: 300", "    maximum_backoff_seconds: 200")
    code, output = applied.plan("-out=plan")
    assert code == 0, output
    plan = Plan(json.loads(applied.must(".", "show", "-json", "plan")))
    assert not plan.deleted
    everything = plan.of("google_pubsub_subscription.subscription")
    assert {SUBSCRIPTION.format(name) for name in everything} <= plan.updated


def test_what_is_made_again_gets_its_grants_again(lifted: Applied) -> None:
    """Every grant on a resource that is replaced is replaced in the same apply."""
    state = lifted.state()
    there = {kind: address for kind, address in REPLACED.items() if address in state}
    lifted.taint(there.values())
    code, output = lifted.plan("-out=plan")
    assert code == 0, output
    plan = Plan(json.loads(lifted.must(".", "show", "-json", "plan")))

    assert REPLACED.keys() == {kind for kind, _ in ON.values()} - {"project"}
    assert there.keys() >= REPLACED.keys() - OPTIONAL
    for kind, address in there.items():
        name = next(plan.before[address][argument] for argument in NAMES if argument in plan.before[address])
        grants = {each for each in plan.before if is_on(plan, each, kind, name)}
        assert grants, address
        assert grants <= plan.replaced, address
