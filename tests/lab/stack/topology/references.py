"""Rules between entries: every reference exists, and every consumed topic has one dead-letter topic."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.lab.stack.topology.model import Function, Subscription
from tests.lab.stack.topology.problems import Path, Problem

_TYPE_FILTER = re.compile(r'attributes\.eventType = "([^"]+)"')


@dataclass(frozen=True)
class Entries:
    """The input of the rules: all names in the file, and the entries that are valid on their own."""

    names: Mapping[str, set[str]]
    functions: Mapping[str, Function]
    subscriptions: Mapping[str, Subscription]
    dead_letter_subscriptions: Mapping[str, Subscription]

    @property
    def complete(self) -> bool:
        """Whether every subscription in the file is valid on its own."""
        valid = self.subscriptions.keys() | self.dead_letter_subscriptions.keys()
        return valid == self.names["subscriptions"] | self.names["dead_letter_subscriptions"]


def broken_references(entries: Entries) -> Iterator[Problem]:
    """Yield every problem between entries."""
    yield from _both_kinds(entries)
    yield from _publishes(entries)
    for name, subscription in entries.subscriptions.items():
        path = ("subscriptions", name)
        yield from _pushes(path, subscription, entries, topics="topics")
        yield from _dead_letter(path, subscription, entries)
    for name, subscription in entries.dead_letter_subscriptions.items():
        path = ("dead_letter_subscriptions", name)
        yield from _pushes(path, subscription, entries, topics="dead_letter_topics")
        if subscription.dead_letter_topic is not None:
            yield Problem((*path, "dead_letter_topic"), "a dead letter has no dead letter of its own")
    if entries.complete:  # an invalid subscription would count as a missing one
        yield from _dead_letter_topics(entries)
        yield from _filter_gaps(entries)


def _both_kinds(entries: Entries) -> Iterator[Problem]:
    for section in ("topics", "subscriptions"):
        for name in sorted(entries.names[section] & entries.names[f"dead_letter_{section}"]):
            yield Problem((f"dead_letter_{section}", name), f"is also one of {section}")


def _publishes(entries: Entries) -> Iterator[Problem]:
    for name, function in entries.functions.items():
        for topic in function.publishes:
            if topic not in entries.names["topics"]:
                yield Problem(("functions", name, "publishes"), f"{topic} is not one of topics")


def _pushes(path: Path, subscription: Subscription, entries: Entries, *, topics: str) -> Iterator[Problem]:
    if subscription.topic not in entries.names[topics]:
        yield Problem((*path, "topic"), f"{subscription.topic} is not one of {topics}")
    if subscription.function not in entries.names["functions"]:
        yield Problem((*path, "function"), f"{subscription.function} is not one of functions")
    function = entries.functions.get(subscription.function)
    if function and function.timeout_seconds > subscription.ack_deadline_seconds:
        yield Problem(
            (*path, "ack_deadline_seconds"),
            f"is below timeout_seconds of {subscription.function}, {function.timeout_seconds}",
        )


def _dead_letter(path: Path, subscription: Subscription, entries: Entries) -> Iterator[Problem]:
    expected = f"{subscription.topic}-dlq"  # requirements 6.1
    if subscription.dead_letter_topic != expected:
        yield Problem((*path, "dead_letter_topic"), f"must be {expected}")
    elif expected not in entries.names["dead_letter_topics"]:
        yield Problem((*path, "dead_letter_topic"), f"{expected} is not one of dead_letter_topics")


def _dead_letter_topics(entries: Entries) -> Iterator[Problem]:
    fed = {subscription.dead_letter_topic for subscription in entries.subscriptions.values()}
    readers = Counter(subscription.topic for subscription in entries.dead_letter_subscriptions.values())
    for topic in sorted(entries.names["dead_letter_topics"]):
        if topic not in fed:
            yield Problem(("dead_letter_topics", topic), "no subscription sends its dead letters here")
        if readers[topic] != 1:
            yield Problem(("dead_letter_topics", topic), f"needs one subscription, has {readers[topic]}")


def _filter_gaps(entries: Entries) -> Iterator[Problem]:
    """Require a catch-all of every topic with filters: it takes what none of them takes."""
    consumed = entries.subscriptions.values()
    for topic in sorted({each.topic for each in consumed if each.filter}):
        own = [each for each in consumed if each.topic == topic]
        if any(not each.filter and not each.catch_all for each in own):
            continue
        taken = sorted({found[1] for each in own if (found := _TYPE_FILTER.fullmatch(each.filter))})
        types = " OR ".join(f'attributes.eventType = "{each}"' for each in taken)
        if [each.filter for each in own if each.catch_all] != [f"NOT ({types})"]:
            yield Problem(("topics", topic), f"needs one subscription with catch_all and NOT ({types})")
