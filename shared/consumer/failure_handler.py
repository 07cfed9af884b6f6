"""What happens to a failed delivery.

    transient error or bug              negative answer: the whole subscription should slow down
    rejected or deferred                negative answer within the nack budget, beyond it a dead letter
    rejected, `on_reject: dead_letter`  a dead letter at once

Pub/Sub redelivers what is answered negatively. The failure is recorded for the case that Pub/Sub dead-letters
the message after its last attempt.
"""

from collections.abc import Mapping
from contextlib import suppress

from shared.consumer.idempotency import DeliveryFailure
from shared.consumer.nack_budget import NackBudget
from shared.consumer.ports import FailureLog, Publisher
from shared.contracts.dead_letter import build_dead_letter
from shared.contracts.envelope import Envelope
from shared.errors import Deferred, Rejected, Transient
from shared.settings import Subscription


class FailureHandler:
    """Record failures and publish dead letters."""

    def __init__(
        self, subscriptions: Mapping[str, Subscription], failures: FailureLog, publisher: Publisher
    ) -> None:
        """Apply the policies of subscriptions, given by their short names."""
        self._subscriptions = subscriptions
        self._failures = failures
        self._publisher = publisher
        self._budget = NackBudget(failures)

    async def handle(self, envelope: Envelope, error: Exception, failure: DeliveryFailure) -> bool:
        """Return whether the message is a dead letter now and may be acknowledged.

        Where Firestore or Pub/Sub is unavailable, it is not: then Pub/Sub redelivers the message.
        """
        policy = self._subscriptions.get(envelope.subscription)
        with suppress(Transient):
            if not (policy and policy.dead_letter_topic and isinstance(error, Rejected | Deferred)):
                await self._failures.record(failure)
            elif not await self._spend_budget(envelope.subscription, policy, error, failure):
                return await self._dead_letter(envelope, policy.topic, policy.dead_letter_topic, failure)
        return False

    async def _spend_budget(
        self, subscription: str, policy: Subscription, error: Exception, failure: DeliveryFailure
    ) -> bool:
        """Record the failure within the nack budget; return False where a dead letter is due instead."""
        if isinstance(error, Rejected) and policy.on_reject == "dead_letter":
            return False
        return await self._budget.spend(failure, subscription, policy.nacks_per_minute)

    async def _dead_letter(
        self, envelope: Envelope, topic: str, dead_letter_topic: str, failure: DeliveryFailure
    ) -> bool:
        """Publish the dead letter; record the failure where Pub/Sub refuses it."""
        dead_letter = build_dead_letter(
            envelope, failure.failure_reason, dead_letter_topic=dead_letter_topic, original_topic=topic
        )
        try:
            await self._publisher.publish([dead_letter])
        except Transient:
            await self._failures.record(failure)
            return False
        return True
