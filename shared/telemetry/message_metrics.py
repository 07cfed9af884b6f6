"""The metrics that functions record: those of requirements 8.1, and the time from publish to acknowledgement.

The fourth metric of requirements 8.1, `subscription_lag`, is Pub/Sub's own `num_undelivered_messages`.
"""

from collections.abc import Mapping

from shared.errors import ErrorType, Outcome
from shared.telemetry.delivery import Delivery
from shared.telemetry.instruments import Counter, Histogram

UNKNOWN_LABEL = "unknown"
"""The label of a name that the topology does not have: a message must not create new series."""

_ERROR_TYPES = frozenset(ErrorType)


class MessageMetrics:
    """Count deliveries and dead letters. Labels come from the topology, never from a message.

    Each attribute has the name of its metric.

    Attributes:
        message_processing_time: milliseconds from a push to its answer, by the status of the answer.
        publish_to_ack_time: milliseconds from publication to the end of processing, waiting included.
        message_count: deliveries by outcome.
        dlq_messages: failed messages by original topic and error type.
    """

    def __init__(self, topics: Mapping[str, str], dead_letter_sources: frozenset[str] = frozenset()) -> None:
        """Record deliveries of subscriptions, given with their topics, and dead letters of some topics."""
        self._topics = topics
        self._sources = dead_letter_sources
        self.message_processing_time = Histogram(
            "message_processing_time", ("topic", "subscription", "status")
        )
        self.publish_to_ack_time = Histogram("publish_to_ack_time", ("topic", "subscription"))
        self.message_count = Counter("message_count", ("topic", "subscription", "result"))
        self.dlq_messages = Counter("dlq_messages", ("original_topic", "error_type"))
        self._declare_series()

    @property
    def instruments(self) -> tuple[Counter | Histogram, ...]:
        """Return all instruments to export."""
        return self.message_processing_time, self.publish_to_ack_time, self.message_count, self.dlq_messages

    def count_delivery(self, delivery: Delivery) -> None:
        """Count one delivery and its duration.

        A delivery that the client cancelled has no status and is not counted: Pub/Sub redelivers it.
        """
        if delivery.status is None or delivery.outcome is None:
            return
        topic, subscription = self._labels(delivery.subscription)
        self.message_count.add((topic, subscription, delivery.outcome))
        self.message_processing_time.record((topic, subscription, str(delivery.status)), delivery.duration_ms)

    def record_ack_time(self, subscription: str, milliseconds: float) -> None:
        """Record the time from publication to the end of processing; a negative one counts as 0.

        A publisher's clock may be ahead of this one.
        """
        self.publish_to_ack_time.record(self._labels(subscription), max(0.0, milliseconds))

    def count_dead_letter(self, original_topic: str, error_type: str) -> None:
        """Count one message that became a failed message."""
        topic = original_topic if original_topic in self._sources else UNKNOWN_LABEL
        self.dlq_messages.add((topic, error_type if error_type in _ERROR_TYPES else UNKNOWN_LABEL))

    def _labels(self, subscription: str) -> tuple[str, str]:
        """Return topic and subscription as labels."""
        topic = self._topics.get(subscription)
        return (UNKNOWN_LABEL, UNKNOWN_LABEL) if topic is None else (topic, subscription)

    def _declare_series(self) -> None:
        for subscription, topic in self._topics.items():
            for outcome in Outcome:
                self.message_count.declare((topic, subscription, outcome))
        for topic in self._sources:
            for error_type in ErrorType:
                self.dlq_messages.declare((topic, error_type))
