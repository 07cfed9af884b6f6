"""Dead letters are kept whole, with the reason they failed (requirements 6.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.errors import Outcome, UnknownSubscription
from shared.idempotency import DeliveryFailure, delivery_fingerprint
from shared.messages.dead_letter import NOT_RECORDED, Cause, DeadLetter, parse_dead_letter
from shared.messages.envelope import Envelope
from shared.messages.failed_message import FailedMessage
from shared.pipeline.ports import Clock

UNKNOWN = Cause(error_type=NOT_RECORDED, reason=NOT_RECORDED)


class Failures(Protocol):
    """Where the notes of why deliveries failed are found."""

    async def failure(self, fingerprint: str) -> DeliveryFailure | None:
        """Find the last recorded failure of a message. Raises StoreUnavailable."""


class FailedMessages(Protocol):
    """Where failed messages are kept."""

    async def save(self, failed: FailedMessage) -> bool:
        """Keep a failed message whole; return False where it was kept before. Raises StoreUnavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """Store what could not be processed; acknowledge only what is stored."""

    topics: Mapping[str, str]
    """The dead-letter topic of each subscription, by short names."""
    failures: Failures
    failed_messages: FailedMessages
    clock: Clock

    async def process(self, envelope: Envelope) -> Outcome:
        """Store one dead letter; the same one again is a duplicate."""
        topic = self.topics.get(envelope.subscription)
        if topic is None:
            raise UnknownSubscription("subscription: is not one of this function's")
        failed = await self._failed_message(parse_dead_letter(envelope, dead_letter_topic=topic))
        return Outcome.PROCESSED if await self.failed_messages.save(failed) else Outcome.DUPLICATE

    async def _failed_message(self, letter: DeadLetter) -> FailedMessage:
        fingerprint = delivery_fingerprint(letter.subscription, letter.publish_time, letter.data)
        noted = await self.failures.failure(fingerprint)
        return FailedMessage(
            fingerprint=fingerprint,
            letter=letter,
            cause=letter.cause or (noted.cause if noted else UNKNOWN),
            attempts=letter.delivery_attempts or (noted.attempts if noted else 0),
            received_at=self.clock(),
        )
