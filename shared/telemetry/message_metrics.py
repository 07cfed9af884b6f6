"""The metrics that functions count: those of requirements 8.1, and how long messages are on their way.

The fourth of requirements 8.1, `subscription_lag`, is Pub/Sub's own `num_undelivered_messages`.
"""

from collections.abc import Mapping
from typing import Any

from shared.errors import Outcome
from shared.telemetry.instruments import Counter, Histogram

UNKNOWN = "unknown"
"""A label's value for whatever the topology does not name: messages must not be able to make new series."""

ERROR_TYPES = ("rejected", "deferred", "transient", "bug", "not_recorded")


class MessageMetrics:
    """Count deliveries and dead letters; labels come from the topology only, never from a message.

    Attributes:
        processing_time: milliseconds from a push to its answer, by the answer's status.
        count: deliveries, by what became of them.
        acknowledged_after: milliseconds from a message's publication to the end of its processing, waiting
            included.
        dead_letters: messages kept for review, by the topic they come from and the kind of error.
    """

    def __init__(self, topics: Mapping[str, str], dead_letter_sources: frozenset[str] = frozenset()) -> None:
        """Count for subscriptions, given with their topics, and for dead letters of some topics."""
        self._topics = topics
        self._sources = dead_letter_sources
        self.processing_time = Histogram("message_processing_time", ("topic", "subscription", "status"))
        self.acknowledged_after = Histogram("publish_to_ack_time", ("topic", "subscription"))
        self.count = Counter("message_count", ("topic", "subscription", "result"))
        self.dead_letters = Counter("dlq_messages", ("original_topic", "error_type"))
        self._declare()

    @property
    def instruments(self) -> tuple[Counter | Histogram, ...]:
        """Return everything there is to export."""
        return self.processing_time, self.acknowledged_after, self.count, self.dead_letters

    def answered(self, entry: Mapping[str, Any]) -> None:
        """Count one delivery by its log entry: `subscription`, `outcome`, `status`, `durationMs`.

        A delivery whose request was given up has no status, and is none: it comes again.
        """
        if "status" not in entry:
            return
        topic, subscription = self._place(str(entry.get("subscription")))
        self.count.add((topic, subscription, entry["outcome"]))
        self.processing_time.record((topic, subscription, str(entry["status"])), entry["durationMs"])

    def acknowledged(self, subscription: str, milliseconds: float) -> None:
        """Measure how long after its publication a message was done; clocks that disagree count as 0."""
        self.acknowledged_after.record(self._place(subscription), max(0.0, milliseconds))

    def dead_lettered(self, original_topic: str, error_type: str) -> None:
        """Count one message that was given up and is kept for review."""
        topic = original_topic if original_topic in self._sources else UNKNOWN
        self.dead_letters.add((topic, error_type if error_type in ERROR_TYPES else UNKNOWN))

    def _place(self, named: str) -> tuple[str, str]:
        """Return topic and subscription as labels."""
        return (self._topics[named], named) if named in self._topics else (UNKNOWN, UNKNOWN)

    def _declare(self) -> None:
        for subscription, topic in self._topics.items():
            for outcome in Outcome:
                self.count.declare((topic, subscription, outcome))
        for topic in self._sources:
            for error_type in ERROR_TYPES:
                self.dead_letters.declare((topic, error_type))
