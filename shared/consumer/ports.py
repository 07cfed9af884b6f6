"""The ports of the consumer; adapters and the tests' fakes implement them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from shared.consumer.idempotency import Change, Claim, DeliveryFailure, Snapshot
from shared.contracts.envelope import Envelope
from shared.contracts.outgoing import OutgoingMessage
from shared.domain.refs import Ref
from shared.errors import Outcome

Clock = Callable[[], datetime]
"""Returns the time, with its offset."""

Sleep = Callable[[float], Awaitable[None]]
"""Waits for a number of seconds."""

Process = Callable[[Envelope], Awaitable[Outcome]]
"""Processes one message. When it returns, the message may be acknowledged; raises MessageError."""


class Store(Protocol):
    """The store of claims and state."""

    async def load(self, claim: str, refs: Sequence[Ref]) -> Snapshot:
        """Read a claim and the state a decision needs, in one round trip.

        Each waiting list takes one more, after the rest: it is at least as new as the rest.
        Raises StoreUnavailable.
        """

    async def commit(self, claim: Claim, changes: Sequence[Change], removed: Sequence[Ref] = ()) -> None:
        """Create the claim, write the changes and remove entities, all or nothing.

        Raises LostRace where the claim exists or a version moved on, StoreUnavailable.
        """

    def mark_published(self, claim: str) -> None:
        """Mark a claim's outbox as published: later, in a batch, best effort."""


class Publisher(Protocol):
    """The publisher of outgoing messages."""

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Publish all messages, those of one ordering key in order; return when Pub/Sub has them.

        Raises PublishUnavailable.
        """


class FailureLog(Protocol):
    """The store of delivery failures."""

    async def record(self, failure: DeliveryFailure) -> None:
        """Store the failure for the function that reads dead letters. Raises StoreUnavailable."""

    async def record_in_slot(self, failure: DeliveryFailure, slot: str) -> bool:
        """Store the failure and take a slot of the nack budget, both or nothing.

        Return False where the slot is taken. Raises StoreUnavailable.
        """
