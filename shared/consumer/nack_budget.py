"""The nack budget of a subscription: one negative answer in each slot of time, shared by all instances.

After negative answers Pub/Sub stops all deliveries of a subscription for a while (push backoff), so a flood
of rejected messages would delay good ones. Beyond the budget a message becomes a dead letter at once.

    slot free     one commit records the failure and creates the slot's document; the answer is negative
    slot taken    another delivery, on any instance, was answered negatively: dead letter

At 80 a minute a slot lasts 0.75 s, which is the shortest backoff of a message. So a single failing message
gets all its attempts. A budget of each instance would not bound the sum: twenty instances may all begin to
reject within one second.
"""

from shared.consumer.idempotency import DeliveryFailure
from shared.consumer.ports import FailureLog
from shared.digest import digest


class NackBudget:
    """Take slots in the order of failures."""

    def __init__(self, failures: FailureLog) -> None:
        """Record failures, and the slots they take, in a log that all instances share."""
        self._failures = failures
        self._last_slots: dict[str, int] = {}

    async def spend(self, failure: DeliveryFailure, subscription: str, nacks_per_minute: int) -> bool:
        """Record a failure if its slot is free; return False where the slot is taken.

        Raises StoreUnavailable.
        """
        slot = int(failure.at.timestamp() * nacks_per_minute / 60)
        if not nacks_per_minute or self._last_slots.get(subscription) == slot:
            return False
        free = await self._failures.record_in_slot(failure, digest("nack", subscription, str(slot)))
        self._last_slots[subscription] = slot
        return free
