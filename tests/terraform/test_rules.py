"""A topology with a key that nothing reads, a repeated name or a missing entry stops the plan."""

import re
from collections.abc import Iterator

import pytest

from tests.terraform.staging import Workspace

TOPOLOGY = "terraform/topology.yaml"


@pytest.fixture(scope="module")
def topology(workspace: Workspace) -> Workspace:
    """Return a copy of the project where the topology can be planned."""
    workspace.must("topology", "init", "-input=false")
    return workspace


@pytest.fixture
def edited(topology: Workspace) -> Iterator[Workspace]:
    """Yield the copy to edit its topology, which is put back."""
    file = topology.root / TOPOLOGY
    text = file.read_text()
    yield topology
    file.write_text(text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "  order-update: { group: orders, producers: [SLICK] }",
            "  order-update: { grup: orders }",
            "keys that nothing reads: topics.order-update.grup",
            id="misspelt key",
        ),
        pytest.param(
            "    ack_deadline_seconds: 60",
            "    ack_dedline_seconds: 60",
            "keys that nothing reads: defaults.subscription.ack_dedline_seconds",
            id="misspelt default",
        ),
        pytest.param(
            "ship-events-direct-sub:",
            "ship-events-sub:",
            "names something twice: subscriptions.ship-events-sub",
            id="subscription twice",
        ),
        pytest.param(
            '    filter: attributes.eventType = "SHIP"\n',
            '    filter: attributes.eventType = "SHIP"\n    topic: ship-events\n',
            "some key is written twice",
            id="key twice",
        ),
        pytest.param(
            "    topic: order-cancel\n    function: order_cancel",
            "    topic: order-cancel\n    function: order_cancle",
            "functions it does not define: order-cancel-sub (order_cancle)",
            id="unknown function",
        ),
        pytest.param(
            "  dlq:\n    memory",
            "  order_hold: {}\n  dlq:\n    memory",
            "no functions/<name>/main.py: order_hold",
            id="function without a source",
        ),
        pytest.param(
            "  order_release: { publishes: [order-events] }",
            "  order_release: { publishes: [order-event] }",
            "topics that topology.yaml does not define: order_release/order-event",
            id="unknown topic",
        ),
        pytest.param(
            "dead_letter_topic: ship-events-dlq",
            "dead_letter_topic: short-events-dlq",
            "named <topic>-dlq (requirements 6.1): ship-events-direct-sub",
            id="another topic's dead letters",
        ),
        pytest.param(
            "  ship-events-dlq-sub: { topic: ship-events-dlq }\n",
            "",
            "needs exactly one subscription",
            id="dead letters without a reader",
        ),
        pytest.param(
            "    timeout_seconds: 50",
            "    timeout_seconds: 61",
            "may not run longer than its message's ack deadline",
            id="function outlives the ack deadline",
        ),
        pytest.param(
            '    filter: attributes.eventType = "SHORT"\n',
            '    filter: attributes.eventType = "SHORTAGE"\n',
            'fulfillment-events needs one subscription with catch_all and NOT (attributes.eventType = "SHIP" '
            'OR attributes.eventType = "SHORTAGE")',
            id="filters with a gap",
        ),
        pytest.param(
            '    catch_all: true\n    filter: NOT (attributes.eventType = "SUBSTITUTION_REQUEST")\n',
            '    filter: attributes.eventType = "CHANGE"\n',
            "The filters leave a gap, so messages would be lost: order-update needs one subscription",
            id="filters without a catch-all",
        ),
        pytest.param(
            '    filter: attributes.eventType = "SHIP"\n',
            '    filter: hasPrefix(attributes.eventType, "SHIP")\n',
            'not of the form attributes.eventType = "TYPE": ship-events-sub',
            id="filter of another form",
        ),
    ],
)
def test_a_bad_topology_stops_the_plan(edited: Workspace, old: str, new: str, message: str) -> None:
    """Each of these mistakes is an error of the plan that says what is wrong and where."""
    edited.edit(TOPOLOGY, old, new)
    plan = edited.run("topology", "plan", "-input=false", "-no-color")
    assert plan.returncode == 1
    assert message in re.sub(r"[\s│]+", " ", plan.stderr)


def test_the_topology_has_none_of_these_mistakes(topology: Workspace) -> None:
    """Unchanged, it is planned: the mistakes above are what stops the others."""
    topology.must("topology", "plan", "-input=false", "-no-color")
