"""The metrics of requirements 8.1 that functions count; the fourth, `subscription_lag`, is Pub/Sub's own."""

from collections.abc import Mapping
from typing import Any

from shared.errors import Outcome
from shared.metrics.instruments import Counter, Histogram

UNKNOWN = "unknown"
"""A label's value for whatever the topology does not name: messages must not be able to make new series."""

ERROR_TYPES = ("rejected", "deferred", "transient", "bug", "not_recorded")


class MessageMetrics:
    """Count deliveries and dead letters; labels come from the topology only, never from a message.

    Attributes:
        processing_time: milliseconds from a push to its answer, by the answer's status.
        count: deliveries, by what became of them.
        dead_letters: messages kept for review, by the topic they come from and the kind of error.
    """

    def __init__(self, topics: Mapping[str, str], dead_letter_sources: frozenset[str] = frozenset()) -> None:
        """Count for subscriptions, given with their topics, and for dead letters of some topics."""
        self._topics = topics
        self._sources = dead_letter_sources
        self.processing_time = Histogram("message_processing_time", ("topic", "subscription", "status"))
        self.count = Counter("message_count", ("topic", "subscription", "result"))
        self.dead_letters = Counter("dlq_messages", ("original_topic", "error_type"))
        self._declare()

    @property
    def instruments(self) -> tuple[Counter | Histogram, ...]:
        """Return everything there is to export."""
        return self.processing_time, self.count, self.dead_letters

    def answered(self, entry: Mapping[str, Any]) -> None:
        """Count one delivery by its log entry: `subscription`, `outcome`, `status`, `durationMs`.

        A delivery whose request was given up has no status, and is none: it comes again.
        """
        if "status" not in entry:
            return
        named = str(entry.get("subscription"))
        subscription = named if named in self._topics else UNKNOWN
        topic = self._topics.get(subscription, UNKNOWN)
        self.count.add((topic, subscription, entry["outcome"]))
        self.processing_time.record((topic, subscription, str(entry["status"])), entry["durationMs"])

    def dead_lettered(self, original_topic: str, error_type: str) -> None:
        """Count one message that was given up and is kept for review."""
        topic = original_topic if original_topic in self._sources else UNKNOWN
        self.dead_letters.add((topic, error_type if error_type in ERROR_TYPES else UNKNOWN))

    def _declare(self) -> None:
        for subscription, topic in self._topics.items():
            for outcome in Outcome:
                self.count.declare((topic, subscription, outcome))
        for topic in self._sources:
            for error_type in ERROR_TYPES:
                self.dead_letters.declare((topic, error_type))
