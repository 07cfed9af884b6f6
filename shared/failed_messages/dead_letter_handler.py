"""Store every dead letter whole, with its failure reason (requirements 6.2)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.consumer.idempotency import DeliveryFailure, delivery_fingerprint, legacy_fingerprint
from shared.consumer.ports import Clock, Publisher
from shared.contracts.dead_letter import DeadLetter, FailureReason, parse_dead_letter
from shared.contracts.envelope import Envelope
from shared.errors import ErrorType, Outcome, UnknownSubscription
from shared.failed_messages.dead_letter import Recount, StoredDeadLetter, is_critical
from shared.failed_messages.payload_facts import read_facts
from shared.failed_messages.producer_notices import failure_notice
from shared.failed_messages.search_keys import derive_search_keys

UNKNOWN_REASON = FailureReason(error_type=ErrorType.NOT_RECORDED, slug="not_recorded")


class Failures(Protocol):
    """Where consumers record why a delivery failed."""

    async def find_failure(self, fingerprint: str) -> DeliveryFailure | None:
        """Find the last recorded failure of a message. Raises StoreUnavailable."""


class DeadLetterStore(Protocol):
    """Where dead letters are stored."""

    async def save(self, stored: StoredDeadLetter) -> bool:
        """Store a dead letter; return False where the message is stored already. Raises StoreUnavailable."""

    async def find_dead_letter(self, message_id: str) -> StoredDeadLetter | None:
        """Read a stored dead letter. Raises StoreUnavailable."""

    async def count_again(self, stored: StoredDeadLetter) -> Recount:
        """Count another dead letter of a stored message, once. Raises StoreUnavailable."""


class Reports(Protocol):
    """Where failures are reported."""

    async def report(self, stored: StoredDeadLetter) -> None:
        """Count and report a stored dead letter; never raises, and takes a bounded time."""

    def count(self, stored: StoredDeadLetter) -> None:
        """Count a dead letter that no person has to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterHandler:
    """Store dead letters, and acknowledge only what is stored."""

    topics: Mapping[str, str]
    """The dead-letter topic of each subscription, by short names."""
    failures: Failures
    store: DeadLetterStore
    reports: Reports
    publisher: Publisher
    """Publishes the notice for the producer."""
    clock: Clock

    async def process(self, envelope: Envelope) -> Outcome:
        """Store one dead letter; count it where the message is stored already."""
        topic = self.topics.get(envelope.subscription)
        if topic is None:
            raise UnknownSubscription("subscription: does not belong to this function")
        stored = await self._join_failure(envelope, topic)
        if await self.store.save(stored):
            await self.reports.report(stored)
            await self.publisher.publish([failure_notice(stored)])
            return Outcome.PROCESSED
        await self._follow_recount(stored, await self.store.count_again(stored))
        return Outcome.DUPLICATE

    async def _follow_recount(self, stored: StoredDeadLetter, recount: Recount) -> None:
        """Report the latest failure of an open message; of an older one only the count changes.

        A redelivery of the same dead letter is not counted. It publishes the notice again: this function may
        have ended before it published it.
        """
        if not recount.latest:
            if recount.counted:
                self.reports.count(stored)
            return
        if recount.counted:
            await self.reports.report(stored)
        await self.publisher.publish([failure_notice(stored)])

    async def _join_failure(self, envelope: Envelope, topic: str) -> StoredDeadLetter:
        """Join a dead letter with its failure reason."""
        dead_letter = parse_dead_letter(envelope, dead_letter_topic=topic)
        fingerprint, recorded = await self._find_failure(dead_letter)
        failure_reason = dead_letter.failure_reason or (
            recorded.failure_reason if recorded else UNKNOWN_REASON
        )
        facts = read_facts(dead_letter.data)
        message_id = dead_letter.message_id or (recorded.message_id if recorded else None)
        ids = (envelope.message_id, message_id)
        return StoredDeadLetter(
            fingerprint=fingerprint,
            dead_letter=dead_letter,
            failure_reason=failure_reason,
            attempts=dead_letter.delivery_attempts or (recorded.attempts if recorded else 0),
            received_at=self.clock(),
            message_id=message_id,
            order_id=facts.order_id,
            amount=facts.amount,
            currency=facts.currency,
            search_keys=derive_search_keys(facts.content, dead_letter.attributes, ids),
            critical=is_critical(dead_letter, failure_reason),
            dead_letter_id=envelope.message_id,
            dead_lettered_at=envelope.publish_time,
        )

    async def _find_failure(self, dead_letter: DeadLetter) -> tuple[str, DeliveryFailure | None]:
        """Return the fingerprint of the message, and its recorded failure.

        Earlier releases derived the fingerprint without the attributes. A message that they stored keeps it.
        """
        source = (dead_letter.subscription, dead_letter.publish_time, dead_letter.data)
        current, legacy = delivery_fingerprint(*source, dead_letter.attributes), legacy_fingerprint(*source)
        # Read at the same moment, the three documents share a call.
        stored, *failures = await asyncio.gather(
            self.store.find_dead_letter(legacy),
            self.failures.find_failure(current),
            self.failures.find_failure(legacy),
        )
        same = stored is not None and stored.dead_letter.attributes == dead_letter.attributes
        return legacy if same else current, next(filter(None, failures), None)
