"""Delivery failures and failed messages in memory, which can be made unavailable."""

from shared.consumer.idempotency import DeliveryFailure
from shared.errors import StoreUnavailable
from shared.failed_messages.stored_dead_letter import FailedMessage


class MemoryDeliveryFailures:
    """Keep the last failure of each message.

    Attributes:
        kept: by fingerprint.
        available: every call raises StoreUnavailable where this is False.
    """

    def __init__(self) -> None:
        self.kept: dict[str, DeliveryFailure] = {}
        self.available = True

    async def record(self, failure: DeliveryFailure) -> None:
        """Keep the failure in place of an earlier one."""
        self._check()
        self.kept[failure.fingerprint] = failure

    async def failure(self, fingerprint: str) -> DeliveryFailure | None:
        """Find the last failure of a message."""
        self._check()
        return self.kept.get(fingerprint)

    def _check(self) -> None:
        if not self.available:
            raise StoreUnavailable("refused on demand")


class MemoryFailedMessages:
    """Keep failed messages.

    Attributes:
        kept: by fingerprint.
        available: every call raises StoreUnavailable where this is False.
    """

    def __init__(self) -> None:
        self.kept: dict[str, FailedMessage] = {}
        self.available = True

    async def save(self, failed: FailedMessage) -> bool:
        """Keep a message; return False where it was kept before."""
        self._check()
        return self.kept.setdefault(failed.fingerprint, failed) is failed

    async def message(self, fingerprint: str) -> FailedMessage | None:
        """Read a message back."""
        self._check()
        return self.kept.get(fingerprint)

    def _check(self) -> None:
        if not self.available:
            raise StoreUnavailable("refused on demand")


class MemoryRegister:
    """Count messages that were kept before, each dead letter once.

    Attributes:
        prepared: messages whose cause was made known.
        again: message ids of dead letters that were counted.
    """

    def __init__(self) -> None:
        self.prepared: list[FailedMessage] = []
        self.again: list[str] = []

    async def prepare(self, failed: FailedMessage) -> None:
        """Make a cause known."""
        self.prepared.append(failed)

    async def failed_again(self, failed: FailedMessage) -> bool:
        """Count a dead letter; return False where it was counted before."""
        new = failed.dead_letter_id not in self.again
        self.again += [failed.dead_letter_id] if new else []
        return new


class MemoryReports:
    """Remember what was told.

    Attributes:
        told: failed messages, in order.
    """

    def __init__(self) -> None:
        self.told: list[FailedMessage] = []

    async def tell(self, failed: FailedMessage) -> None:
        """Remember a failed message."""
        self.told.append(failed)
