"""Delivery failures and failed messages in memory, which can be made unavailable."""

import asyncio

from shared.consumer.idempotency import DeliveryFailure
from shared.errors import StoreUnavailable
from shared.failed_messages.dead_letter import Recount, StoredDeadLetter


class MemoryDeliveryFailures:
    """Keep the last failure of each message.

    Attributes:
        kept: by fingerprint.
        slots: taken slots of nack budgets.
        available: every call raises StoreUnavailable where this is False.
    """

    def __init__(self) -> None:
        self.kept: dict[str, DeliveryFailure] = {}
        self.slots: set[str] = set()
        self.available = True

    async def record(self, failure: DeliveryFailure) -> None:
        """Keep the failure in place of an earlier one."""
        self._check()
        self.kept[failure.fingerprint] = failure

    async def record_in_slot(self, failure: DeliveryFailure, slot: str) -> bool:
        """Keep the failure unless the slot is taken; yield first, so that rivals get their turn."""
        await asyncio.sleep(0)
        self._check()
        if slot in self.slots:
            return False
        self.slots.add(slot)
        self.kept[failure.fingerprint] = failure
        return True

    async def find_failure(self, fingerprint: str) -> DeliveryFailure | None:
        """Find the last failure of a message."""
        self._check()
        return self.kept.get(fingerprint)

    def _check(self) -> None:
        if not self.available:
            raise StoreUnavailable("refused on demand")


class MemoryFailedMessages:
    """Store dead letters.

    Attributes:
        stored: by fingerprint.
        counted_again: ids of dead letters of messages that were stored already.
        stays_closed: a person discarded the messages.
        available: every call raises StoreUnavailable where this is False.
    """

    def __init__(self) -> None:
        self.stays_closed = False
        self.stored: dict[str, StoredDeadLetter] = {}
        self.counted_again: list[str] = []
        self.available = True

    async def save(self, stored: StoredDeadLetter) -> bool:
        """Store a dead letter; return False where the message is stored already."""
        self._check()
        return self.stored.setdefault(stored.fingerprint, stored) is stored

    async def count_again(self, stored: StoredDeadLetter) -> Recount:
        """Count a dead letter once; it is the latest one, unless `stays_closed`."""
        self._check()
        new = stored.dead_letter_id not in self.counted_again
        self.counted_again += [stored.dead_letter_id] if new else []
        return Recount(counted=new, latest=not self.stays_closed)

    async def find_dead_letter(self, fingerprint: str) -> StoredDeadLetter | None:
        """Read a dead letter."""
        self._check()
        return self.stored.get(fingerprint)

    def _check(self) -> None:
        if not self.available:
            raise StoreUnavailable("refused on demand")


class MemoryReports:
    """Remember reports.

    Attributes:
        reported: dead letters, in order.
        counted: dead letters that were only counted.
    """

    def __init__(self) -> None:
        self.reported: list[StoredDeadLetter] = []
        self.counted: list[StoredDeadLetter] = []

    async def report(self, stored: StoredDeadLetter) -> None:
        """Remember a dead letter."""
        self.reported.append(stored)

    def count(self, stored: StoredDeadLetter) -> None:
        """Remember a dead letter that was only counted."""
        self.counted.append(stored)
