"""Dead letters are kept whole, with the reason they failed (requirements 6.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.consumer.idempotency import DeliveryFailure, delivery_fingerprint
from shared.consumer.ports import Clock
from shared.contracts.dead_letter import NOT_RECORDED, FailureReason, parse_dead_letter
from shared.contracts.envelope import Envelope
from shared.errors import Outcome, UnknownSubscription
from shared.failed_messages.critical import is_critical
from shared.failed_messages.order_id import readable_order_id
from shared.failed_messages.stored_dead_letter import FailedMessage

UNKNOWN = FailureReason(error_type=NOT_RECORDED, slug=NOT_RECORDED)


class Failures(Protocol):
    """Where the notes of why deliveries failed are found."""

    async def failure(self, fingerprint: str) -> DeliveryFailure | None:
        """Find the last recorded failure of a message. Raises StoreUnavailable."""


class FailedMessages(Protocol):
    """Where failed messages are kept."""

    async def save(self, failed: FailedMessage) -> bool:
        """Keep a failed message whole; return False where it was kept before. Raises StoreUnavailable."""


class Register(Protocol):
    """What is known of failures besides the messages themselves."""

    async def prepare(self, failed: FailedMessage) -> None:
        """Make the group of a message's cause known, before the message is. Raises StoreUnavailable."""

    async def failed_again(self, failed: FailedMessage) -> bool:
        """Count a message that was kept before; return False where this dead letter was counted before.

        Raises StoreUnavailable.
        """


class Reports(Protocol):
    """Who is told of failures."""

    async def tell(self, failed: FailedMessage) -> None:
        """Tell of a failed message that is stored; never raises, and takes a bounded time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """Store what could not be processed; acknowledge only what is stored."""

    topics: Mapping[str, str]
    """The dead-letter topic of each subscription, by short names."""
    failures: Failures
    failed_messages: FailedMessages
    register: Register
    reports: Reports
    clock: Clock

    async def process(self, envelope: Envelope) -> Outcome:
        """Store one dead letter; a message that was kept before is a duplicate, and counted."""
        topic = self.topics.get(envelope.subscription)
        if topic is None:
            raise UnknownSubscription("subscription: is not one of this function's")
        failed = await self._failed_message(envelope, topic)
        await self.register.prepare(failed)
        new = await self.failed_messages.save(failed)
        if new or await self.register.failed_again(failed):
            await self.reports.tell(failed)
        return Outcome.PROCESSED if new else Outcome.DUPLICATE

    async def _failed_message(self, envelope: Envelope, topic: str) -> FailedMessage:
        letter = parse_dead_letter(envelope, dead_letter_topic=topic)
        fingerprint = delivery_fingerprint(letter.subscription, letter.publish_time, letter.data)
        noted = await self.failures.failure(fingerprint)
        failure_reason = letter.failure_reason or (noted.failure_reason if noted else UNKNOWN)
        return FailedMessage(
            fingerprint=fingerprint,
            letter=letter,
            failure_reason=failure_reason,
            attempts=letter.delivery_attempts or (noted.attempts if noted else 0),
            received_at=self.clock(),
            order_id=readable_order_id(letter.data),
            critical=is_critical(letter, failure_reason),
            dead_letter_id=envelope.message_id,
            given_up_at=envelope.publish_time,
        )
