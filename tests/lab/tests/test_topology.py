"""The topology file follows the requirements, and an invalid one is refused with the paths of its keys."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.stack.topology import TOPOLOGY_FILE, TopologyError, load

ABSENT = object()

Refuse = Callable[[Mapping[str, object]], list[str]]


@pytest.fixture
def problems_of(tmp_path: Path) -> Refuse:
    """Return the problems of the project's file with values at some dotted paths replaced."""

    def refuse(changes: Mapping[str, object]) -> list[str]:
        document = yaml.safe_load(TOPOLOGY_FILE.read_text())
        for path, value in changes.items():
            _put(document, path.split("."), value)
        return _problems(tmp_path, yaml.safe_dump(document))

    return refuse


def _put(document: dict[str, Any], path: list[str], value: object) -> None:
    *parents, key = path
    for parent in parents:
        document = document[parent]
    document[key] = value
    if value is ABSENT:
        del document[key]


def _problems(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "topology.yaml").write_text(text)
    with pytest.raises(TopologyError) as refused:
        load(tmp_path / "topology.yaml")
    return refused.value.problems


def test_topics_are_those_of_the_requirements() -> None:
    """The groups have the topics of requirements 1.2, and the outgoing topic."""
    groups: dict[str, set[str]] = {}
    for name, topic in load().topics.items():
        groups.setdefault(topic.group, set()).add(name)
    assert groups == {
        "orders": {"order-create", "order-update", "order-cancel", "order-release"},
        "fulfillment": {"fulfillment-events", "ship-events", "short-events"},
        "payments": {"payment-authorized", "payment-captured", "payment-refunded"},
        "inventory": {"inventory-update", "reservation-events"},
        "outgoing": {"order-events"},
    }


def test_policy_is_that_of_the_requirements() -> None:
    """Every subscription has the deadline, backoff, attempts, retention and ordering of the requirements."""
    for name, subscription in load().subscriptions.items():
        assert (
            subscription.ordering,
            subscription.ack_deadline_seconds,
            subscription.minimum_backoff_seconds,
            subscription.maximum_backoff_seconds,
            subscription.max_delivery_attempts,
            subscription.retention_seconds,
            subscription.dead_letter_topic,
        ) == (True, 60, 1, 300, 5, 604800, f"{subscription.topic}-dlq"), name


def test_every_incoming_topic_is_consumed() -> None:
    """Each topic except the outgoing one has a subscription."""
    topology = load()
    consumed = {subscription.topic for subscription in topology.subscriptions.values()}
    assert topology.topics.keys() - consumed == {"order-events"}


def test_dead_letters_are_kept_longest_and_go_no_further() -> None:
    """Dead letters are kept 31 days, pushed to `dlq`, and never dead-lettered again."""
    topology = load()
    for topic in topology.dead_letter_topics:
        subscription = topology.dead_letter_subscriptions[f"{topic}-sub"]
        assert subscription.topic == topic
        assert subscription.function == "dlq"
        assert subscription.dead_letter_topic is None
        assert subscription.retention_seconds == 31 * 24 * 3600


def test_subscriptions_of_a_function() -> None:
    """A function gets the subscriptions that push to it, by name."""
    topology = load()
    assert {name: s.topic for name, s in topology.subscriptions_of("ship").items()} == {
        "ship-events-sub": "fulfillment-events",
        "ship-events-direct-sub": "ship-events",
        "fulfillment-events-unmatched-sub": "fulfillment-events",
    }
    assert topology.subscriptions_of("dlq") == topology.dead_letter_subscriptions


def test_unknown_function_has_no_subscriptions() -> None:
    """An unknown function is an error instead of an empty result."""
    with pytest.raises(KeyError, match="shipp"):
        load().subscriptions_of("shipp")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("subscription", {}),
        ("defaults.subscripton", {}),
        ("defaults.subscription.ack_deadline", 60),
        ("topics", ABSENT),
        ("topics.order-create", None),
        ("topics.order-create.grop", "orders"),
        ("topics.x", {"group": "orders"}),
        ("topics.order-create.retention_seconds", 60),
        ("functions.ship.memory", "1GB"),
        ("functions.ship.concurrency", 0),
        ("functions.ship.max_instances", 0),
        ("functions.order_create.concurrency", 2000),
        ("functions.ship.publishes", ["order-event"]),
        ("subscriptions.ship-events-sub.topic", "fulfilment-events"),
        ("subscriptions.ship-events-sub.topic", "order-create-dlq"),
        ("subscriptions.ship-events-sub.topic", ABSENT),
        ("subscriptions.ship-events-sub.function", "shipp"),
        ("subscriptions.ship-events-sub.filter", 'attributes.eventType == "SHIP"'),
        ("subscriptions.ship-events-sub.ordering", "yes"),
        ("subscriptions.ship-events-sub.ack_deadline_seconds", 9),
        ("subscriptions.ship-events-sub.ack_deadline_seconds", 601),
        ("subscriptions.ship-events-sub.ack_deadline_seconds", 30),
        ("subscriptions.ship-events-sub.maximum_backoff_seconds", 0),
        ("subscriptions.ship-events-sub.max_delivery_attempts", 4),
        ("subscriptions.ship-events-sub.max_delivery_attempts", 101),
        ("subscriptions.ship-events-sub.on_reject", "drop"),
        ("subscriptions.ship-events-sub.nacks_per_minute", -1),
        ("subscriptions.ship-events-sub.nacks_per_minute", 0.5),
        ("subscriptions.ship-events-sub.dead_letter_topic", ABSENT),
        ("subscriptions.ship-events-sub.dead_letter_topic", "ship-events-dlq"),
        ("dead_letter_topics.fulfillment-events-dlq", ABSENT),
        ("dead_letter_topics.order-events-dlq", {"group": "orders"}),
        ("dead_letter_topics.order-create", {"group": "orders"}),
        ("dead_letter_subscriptions.ship-events-dlq-sub.dead_letter_topic", "ship-events-dlq"),
        ("dead_letter_subscriptions.ship-events-sub", {"topic": "ship-events-dlq"}),
    ],
)
def test_bad_value_is_refused_by_its_key(problems_of: Refuse, path: str, value: object) -> None:
    """A file with one invalid value is refused, with the path of that value."""
    problems = problems_of({path: value})
    named = path if path != "dead_letter_topics.fulfillment-events-dlq" else "subscriptions.ship-events-sub"
    assert [problem for problem in problems if problem.startswith((f"{named}:", f"{named}."))], problems


@pytest.mark.parametrize(
    ("subscription", "count"),
    [
        pytest.param({"ship-events-dlq-sub": ABSENT}, 0, id="none"),
        pytest.param({"second-dlq-sub": {"topic": "ship-events-dlq"}}, 2, id="two"),
    ],
)
def test_dead_letter_topic_needs_one_subscription(
    problems_of: Refuse, subscription: dict[str, object], count: int
) -> None:
    """Without a subscription a dead letter is lost; with two it is stored twice."""
    changes = {f"dead_letter_subscriptions.{name}": value for name, value in subscription.items()}
    assert problems_of(changes) == [
        f"dead_letter_topics.ship-events-dlq: needs one subscription, has {count}"
    ]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"subscriptions.fulfillment-events-unmatched-sub": ABSENT}, id="no catch-all"),
        pytest.param(
            {"subscriptions.fulfillment-events-unmatched-sub.filter": 'NOT (attributes.eventType = "SHIP")'},
            id="a type that the catch-all takes too",
        ),
        pytest.param(
            {"subscriptions.fulfillment-events-unmatched-sub.catch_all": False}, id="a filter of another kind"
        ),
    ],
)
def test_filters_that_leave_a_gap_are_refused(problems_of: Refuse, changes: dict[str, object]) -> None:
    """A message that no filter takes would vanish without a trace."""
    catch_all = 'NOT (attributes.eventType = "SHIP" OR attributes.eventType = "SHORT")'
    assert problems_of(changes) == [
        f"topics.fulfillment-events: needs one subscription with catch_all and {catch_all}"
    ]


def test_function_that_outlives_the_ack_deadline_is_refused(problems_of: Refuse) -> None:
    """A function must not run longer than the ack deadline of its messages."""
    problems = problems_of({"functions.order_release.timeout_seconds": 61})
    assert problems == [
        "subscriptions.order-release-sub.ack_deadline_seconds: is below timeout_seconds of order_release, 61"
    ]


def test_bad_default_is_reported_once_where_it_is_written(problems_of: Refuse) -> None:
    """An invalid default that every subscription inherits is one problem, at the default."""
    problems = problems_of({"defaults.subscription.max_delivery_attempts": 2})
    assert problems == [
        "defaults.subscription.max_delivery_attempts: Input should be greater than or equal to 5"
    ]


def test_every_problem_is_reported_at_once(problems_of: Refuse) -> None:
    """Invalid values, misspelt keys and broken references are all in one report."""
    changes = {
        "subscriptions.order-create-sub.ack_deadline_seconds": 5,
        "subscriptions.ship-events-sub.topic": "nowhere",
        "topics.order-update.ordering": True,
        "functions.dlq.memory": 1024,
    }
    reported = {problem.partition(":")[0] for problem in problems_of(changes)}
    assert reported >= changes.keys()


def test_key_written_twice_is_refused(tmp_path: Path) -> None:
    """A duplicate entry is refused instead of replacing the first."""
    text = TOPOLOGY_FILE.read_text().replace("ship-events-direct-sub:", "ship-events-sub:")
    line = (
        text.splitlines().index("  ship-events-sub:", text[: text.rindex("ship-events-sub:")].count("\n")) + 1
    )
    assert f"subscriptions.ship-events-sub: is written twice, again in line {line}" in _problems(
        tmp_path, text
    )


@pytest.mark.parametrize("text", ["", "- order-create", "topics: {", "a: b: c"])
def test_file_that_is_no_map_is_refused(tmp_path: Path, text: str) -> None:
    """A file that is not a YAML map is refused."""
    assert _problems(tmp_path, text)[0].startswith("(file):")
