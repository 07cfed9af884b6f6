"""A handler of dead letters over fakes, and the two kinds of dead letters that it gets."""

from typing import Any

from shared.contracts.dead_letter import FailureReason, build_dead_letter
from shared.contracts.envelope import Envelope
from shared.errors import Outcome
from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.failed_messages.dead_letter_handler import DeadLetterHandler
from tests.fakes.failures import MemoryDeliveryFailures, MemoryFailedMessages, MemoryReports
from tests.fakes.publisher import MemoryPublisher
from tests.messages import ATTRIBUTES, PUBLISHED, order
from tests.unit.consumer.processors import NOW, envelope

REASON = FailureReason(
    error_type="rejected", slug="order.totals_mismatch", detail="totals.total: must equal the sum"
)
FORWARDED = {
    **ATTRIBUTES,
    "CloudPubSubDeadLetterSourceSubscription": "order-create-sub",
    "CloudPubSubDeadLetterSourceSubscriptionProject": "p",
    "CloudPubSubDeadLetterSourceDeliveryCount": "5",
    "CloudPubSubDeadLetterSourceTopicPublishTime": PUBLISHED,
}


class Handling:
    """The dead-letter process with what it reads and writes."""

    def __init__(self) -> None:
        self.failures = MemoryDeliveryFailures()
        self.failed_messages = MemoryFailedMessages()
        self.reports = MemoryReports()
        self.publisher = MemoryPublisher()
        self.handler = DeadLetterHandler(
            topics={"order-create-dlq-sub": "order-create-dlq"},
            failures=self.failures,
            store=self.failed_messages,
            reports=self.reports,
            publisher=self.publisher,
            clock=lambda: NOW,
        )

    async def process(self, dead_letter: Envelope) -> Outcome:
        return await self.handler.process(dead_letter)

    @property
    def only_stored(self) -> StoredDeadLetter:
        (stored,) = self.failed_messages.stored.values()
        return stored


def forwarded(**delivery: Any) -> Envelope:
    """Return a dead letter as Pub/Sub forwards it: published again, with a new id and time."""
    republished = {"message_id": "9", "published": "2024-01-10T10:01:00Z", "attempt": None}
    return envelope(
        order(),
        **{"subscription": "order-create-dlq-sub", "attributes": FORWARDED, **republished, **delivery},
    )


def written_by_function() -> Envelope:
    """Return the dead letter that the function itself writes, as it arrives."""
    dead_letter = build_dead_letter(
        envelope(order(), attempt=2),
        REASON,
        dead_letter_topic="order-create-dlq",
        original_topic="order-create",
    )
    return forwarded(attributes=dead_letter.attributes)
