"""The messages of a bulk operation: the count a person confirms, and the messages that remain.

Both come from here, so that an operation never covers other messages than the confirmed ones.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.failed_messages.bulk_operation import BulkOperation
from shared.failed_messages.errors import NotFound
from shared.failed_messages.model import UNFINISHED, FailedMessage, MessageFilter, MessageStatus
from shared.failed_messages.repository import FailedMessageRepository

MAX_SELECTED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """Messages that an operation started now would cover."""

    total: int
    first_id: str | None
    """The message that would be first."""
    messages: tuple[FailedMessage, ...] = ()
    """Selected messages in order of publication; empty where a group is covered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSelection:
    """Select the open messages of a group, or those among selected ids; raises StoreUnavailable."""

    repository: FailedMessageRepository

    async def select(self, group_id: str | None, message_ids: Iterable[str]) -> Selected:
        """Count and order the messages that a new operation would cover. Raises NotFound."""
        if group_id is None:
            messages = await self._open_among(message_ids)
            first_id = messages[0].id if messages else None
            return Selected(total=len(messages), first_id=first_id, messages=messages)
        first = (await self.repository.page_unfinished(group_id, limit=1)).items
        total = await self.repository.count(MessageFilter(status=MessageStatus.OPEN, group_id=group_id))
        return Selected(total=total, first_id=first[0].id if first else None)

    async def list_first(
        self, group_id: str | None, message_ids: Iterable[str], limit: int
    ) -> tuple[FailedMessage, ...]:
        """List the first messages that a new operation would cover. Raises NotFound."""
        if group_id is None:
            return (await self._open_among(message_ids))[:limit]
        messages: list[FailedMessage] = []
        async for message in self._iter_unfinished(group_id):
            messages.append(message)
            if len(messages) == limit:
                break
        return tuple(messages)

    async def iter_remaining(self, operation: BulkOperation) -> AsyncIterator[FailedMessage | None]:
        """Yield an operation's remaining messages, at most as many as were confirmed.

        None stands for a selected message that was deleted since, because its customer was erased.
        """
        if operation.group_id is None:
            for message_id in operation.message_ids[operation.processed :]:
                yield await self._find_stored(message_id)
            return
        left = operation.total - operation.processed
        async for message in self._iter_unfinished(operation.group_id, operation.position_at):
            if not left:
                return
            confirmed = message.last_failed_at <= operation.started_at
            if confirmed and not _is_processed(operation, message):
                left -= 1
                yield message

    async def _find_stored(self, message_id: str) -> FailedMessage | None:
        try:
            return await self.repository.find(message_id)
        except NotFound:
            return None

    async def _open_among(self, message_ids: Iterable[str]) -> tuple[FailedMessage, ...]:
        ids = list(dict.fromkeys(message_ids))[:MAX_SELECTED]
        found = await asyncio.gather(*(self.repository.find(each) for each in ids))
        unfinished = [message for message in found if message.status in UNFINISHED]
        return tuple(sorted(unfinished, key=lambda message: (message.publish_time, message.id)))

    async def _iter_unfinished(
        self, group_id: str, after: datetime | None = None
    ) -> AsyncIterator[FailedMessage]:
        cursor = None
        while True:
            page = await self.repository.page_unfinished(group_id, cursor, after=after)
            for message in page.items:
                yield message
            if (cursor := page.next) is None:
                return


def _is_processed(operation: BulkOperation, message: FailedMessage) -> bool:
    if operation.position_at is None:
        return False
    return (message.publish_time, message.id) <= (operation.position_at, operation.position_id)
