"""Pub/Sub's metrics of subscriptions, from the counts of the relay."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from tests.lab.dashboards.series import Sample, promql_name
from tests.lab.stack.relay import Relay

PREFIX = "pubsub.googleapis.com/subscription/"
WAITING, OLDEST = f"{PREFIX}num_undelivered_messages", f"{PREFIX}oldest_unacked_message_age"
PUSHES, FORWARDED = f"{PREFIX}push_request_count", f"{PREFIX}dead_letter_message_count"
METRICS = (WAITING, OLDEST, PUSHES, FORWARDED)

ACKNOWLEDGED = "ack"
REFUSED, FAILED = "remote_server_4xx", "remote_server_5xx"
LATE, UNREACHABLE = "deadline_exceeded", "unreachable"
CLASSES = (ACKNOWLEDGED, REFUSED, FAILED, LATE, UNREACHABLE)
"""Values of the label `response_class`."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One subscription at one moment: waiting messages, the oldest one's time, and all pushes so far."""

    waiting: int
    oldest: datetime | None
    pushes: Mapping[str, int]
    forwarded: int


class Refusals(logging.Handler):
    """Counts refused pushes from the relay's log, by subscription and response class."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.counted: Counter[tuple[str, str]] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count the log record of one push: subscription, attempt, answer."""
        assert isinstance(record.args, tuple)
        subscription, _, answer = record.args
        self.counted[str(subscription), response_class(answer)] += 1


def response_class(answer: object) -> str:
    """Return Pub/Sub's response class of a push: from its HTTP status, or the name of the error."""
    if isinstance(answer, int):
        return REFUSED if answer < 500 else FAILED
    return LATE if answer == TimeoutError.__name__ else UNREACHABLE


def take_snapshots(relay: Relay, refusals: Mapping[tuple[str, str], int]) -> dict[str, Snapshot]:
    """Return a snapshot of every relayed subscription."""
    return {name: _snapshot(relay, name, refusals) for name in relay.counts()}


def samples(project: str, snapshots: Mapping[str, Snapshot], now: datetime) -> Iterator[Sample]:
    """Yield the samples of snapshots taken at `now`."""
    for subscription, snapshot in snapshots.items():
        labels = {
            "project_id": project,
            "subscription_id": subscription,
            "monitored_resource": "pubsub_subscription",
        }
        age = (now - snapshot.oldest).total_seconds() if snapshot.oldest else 0.0
        for metric, value in ((WAITING, snapshot.waiting), (OLDEST, age), (FORWARDED, snapshot.forwarded)):
            yield Sample(promql_name(metric), labels, value, now.timestamp())
        for each, pushes in snapshot.pushes.items():
            class_labels = {**labels, "response_class": each}
            yield Sample(promql_name(PUSHES), class_labels, pushes, now.timestamp())


def _snapshot(relay: Relay, name: str, refusals: Mapping[tuple[str, str], int]) -> Snapshot:
    counts = relay.counts()[name]
    pushes = {each: refusals.get((name, each), 0) for each in CLASSES}
    published = [each.message.publish_time for each in relay._relays[name]._backlog._outstanding.values()]
    return Snapshot(
        waiting=counts.outstanding,
        oldest=min(published, default=None),
        pushes={**pushes, ACKNOWLEDGED: counts.acknowledged},
        forwarded=counts.dead_lettered,
    )
