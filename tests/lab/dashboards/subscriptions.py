"""Pub/Sub's own metrics of subscriptions, as the relay, which stands in for Pub/Sub, can count them."""

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
"""What `response_class` says of a push."""


@dataclass(frozen=True, slots=True)
class Look:
    """One subscription at one moment: what waits, since when, and what pushes came to so far."""

    waiting: int
    oldest: datetime | None
    pushes: Mapping[str, int]
    forwarded: int


class Refusals(logging.Handler):
    """Count the pushes that the relay tells were not acknowledged, by subscription and class."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.counted: Counter[tuple[str, str]] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Take the relay's line about one push: subscription, attempt, answer."""
        assert isinstance(record.args, tuple)
        subscription, _, answer = record.args
        self.counted[str(subscription), response_class(answer)] += 1


def response_class(answer: object) -> str:
    """Return Pub/Sub's word for what came of a push: its HTTP status, or the name of the error."""
    if isinstance(answer, int):
        return REFUSED if answer < 500 else FAILED
    return LATE if answer == TimeoutError.__name__ else UNREACHABLE


def looks(relay: Relay, refusals: Mapping[tuple[str, str], int]) -> dict[str, Look]:
    """Look at every subscription that is relayed."""
    return {name: _look(relay, name, refusals) for name in relay.counts()}


def samples(project: str, looked: Mapping[str, Look], now: datetime) -> Iterator[Sample]:
    """Yield the samples of one look, taken now."""
    for subscription, look in looked.items():
        labels = {
            "project_id": project,
            "subscription_id": subscription,
            "monitored_resource": "pubsub_subscription",
        }
        age = (now - look.oldest).total_seconds() if look.oldest else 0.0
        for metric, value in ((WAITING, look.waiting), (OLDEST, age), (FORWARDED, look.forwarded)):
            yield Sample(promql_name(metric), labels, value, now.timestamp())
        for each, pushes in look.pushes.items():
            of_class = {**labels, "response_class": each}
            yield Sample(promql_name(PUSHES), of_class, pushes, now.timestamp())


def _look(relay: Relay, name: str, refusals: Mapping[tuple[str, str], int]) -> Look:
    counts = relay.counts()[name]
    pushes = {each: refusals.get((name, each), 0) for each in CLASSES}
    published = [each.message.publish_time for each in relay._relays[name]._backlog._outstanding.values()]
    return Look(
        waiting=counts.outstanding,
        oldest=min(published, default=None),
        pushes={**pushes, ACKNOWLEDGED: counts.acknowledged},
        forwarded=counts.dead_lettered,
    )
