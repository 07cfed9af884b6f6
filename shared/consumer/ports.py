"""What the processor needs from the outside; adapters and the tests' fakes provide it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from shared.consumer.idempotency import Change, Claim, DeliveryFailure, Snapshot
from shared.contracts.envelope import Envelope
from shared.contracts.outgoing import OutgoingMessage
from shared.domain.refs import Ref
from shared.errors import Outcome

Clock = Callable[[], datetime]
"""Tells the time, with its offset."""

Sleep = Callable[[float], Awaitable[None]]
"""Waits for seconds."""

Process = Callable[[Envelope], Awaitable[Outcome]]
"""Does what a function is for."""


class Store(Protocol):
    """Where claims and state are kept, together."""

    async def load(self, claim: str, refs: Sequence[Ref]) -> Snapshot:
        """Read a claim and the state a decision needs, in one round trip.

        Raises StoreUnavailable.
        """

    async def commit(self, claim: Claim, changes: Sequence[Change]) -> None:
        """Create the claim and write the changes, all or nothing.

        Raises LostRace where the claim exists or a version moved on, StoreUnavailable.
        """

    def mark_published(self, claim: str) -> None:
        """Note that a claim's events are published: later, in batches, as best it can."""


class Publisher(Protocol):
    """Where outgoing messages go."""

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Publish all messages, those of one ordering key in order; return when Pub/Sub has them.

        Raises PublishUnavailable.
        """


class FailureLog(Protocol):
    """Where it is written down why a delivery failed."""

    async def record(self, failure: DeliveryFailure) -> None:
        """Keep the failure for the function that reads dead letters. Raises StoreUnavailable."""
