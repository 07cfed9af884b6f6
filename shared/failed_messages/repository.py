"""Failed messages in Firestore: `failed_messages/{fingerprint}`, one document each.

Large payloads continue in chunks below the document.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shared.errors import LostRace, StoreContended
from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.failed_messages.documents import (
    LISTED_FIELDS,
    document_id,
    encrypted_part,
    message_fields,
    order_key,
    page_of,
    read_dead_letter,
    read_message,
)
from shared.failed_messages.errors import NotFound
from shared.failed_messages.failure_groups import FailureGroups
from shared.failed_messages.model import (
    PAGE_SIZE,
    UNFINISHED,
    FailedMessage,
    MessageFilter,
    Page,
)
from shared.failed_messages.retry_on_conflict import retry_on_conflict
from shared.failed_messages.transitions import count_dead_letter, open_failed_message
from shared.gcp.firestore.chunks import chunk_data, read_chunked, write_chunks
from shared.gcp.firestore.query import DOCUMENT_ID, Condition, FirestoreQueries, Op, Selection
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import create, update_fields_if
from shared.privacy.customer_keys import FIELD, customer_keys
from shared.privacy.data_subjects import find_data_subjects
from shared.privacy.encryption import Cipher

COLLECTION = "failed_messages"


class FailedMessageRepository:
    """Store, read, update, list and count failed messages; every method raises StoreUnavailable."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries, cipher: Cipher) -> None:
        """Use Firestore's calls and queries; `cipher` encrypts payloads."""
        self._rpc = rpc
        self._queries = queries
        self._cipher = cipher
        self._groups = FailureGroups(rpc, queries)

    async def save(self, stored: StoredDeadLetter) -> bool:
        """Store a dead letter with its failure group; return False where the message is stored already.

        Raises StoreContended.
        """
        path, dead_letter = _path(stored.fingerprint), stored.dead_letter
        message = open_failed_message(stored)
        await self._groups.ensure(message)
        payload = chunk_data(path, encrypted_part(dead_letter), self._cipher)
        await write_chunks(self._rpc, payload.chunks)
        subjects = find_data_subjects(dead_letter.data, dead_letter.ordering_key, dead_letter.attributes)
        fields = message_fields(message) | {
            "givenUpAt": stored.dead_lettered_at,
            "message": payload.fields,
            FIELD: customer_keys(path, subjects, self._cipher),
        }
        try:
            await self._rpc.commit([create(self._rpc.name(path), fields)])
        except LostRace:
            if path in await self._rpc.get([path]):
                return False
            raise StoreContended("failed message: locked by other writers") from None
        return True

    async def count_again(self, stored: StoredDeadLetter) -> bool:
        """Count another dead letter of a stored message; return False where it was counted already.

        Raises StoreContended.
        """
        changes: list[bool] = []

        def count(message: FailedMessage) -> FailedMessage:
            counted = count_dead_letter(message, stored)
            changes.append(counted is not message)
            return counted

        try:
            await self.update(stored.fingerprint, count)
        except NotFound:
            return False
        return changes[-1]

    async def find(self, message_id: str) -> FailedMessage:
        """Read a failed message with its history. Raises NotFound."""
        return (await self._read(message_id))[0]

    async def find_ids(self, prefix: str, limit: int) -> tuple[str, ...]:
        """List the first ids that begin with a prefix; the prefix itself is not among them."""
        selection = Selection(collection=COLLECTION, fields=(DOCUMENT_ID,))
        documents, _ = await self._queries.page(selection, limit, self._queries.cursor_after(_path(prefix)))
        ids = (document_id(each) for each in documents)
        return tuple(each for each in ids if each.startswith(prefix))

    async def find_dead_letter(self, message_id: str) -> StoredDeadLetter | None:
        """Read a stored dead letter with its payload; its `cause` is the present failure reason.

        Raises LostRace where the message is being deleted.
        """
        path = _path(message_id)
        document = (await self._rpc.get([path])).get(path)
        if document is None:
            return None
        fields = read_fields(document.fields)
        return read_dead_letter(
            message_id, fields, await read_chunked(self._rpc, path, fields["message"], self._cipher)
        )

    async def update(
        self, message_id: str, change: Callable[[FailedMessage], FailedMessage]
    ) -> FailedMessage:
        """Apply a change exactly once, over the version it was decided on.

        Writes nothing where `change` returns the message itself; passes on what `change` raises.
        Raises NotFound, StoreContended.
        """

        async def attempt() -> FailedMessage:
            message, version = await self._read(message_id)
            changed = change(message)
            if changed is message:
                return message
            if changed.failure_reason != message.failure_reason:
                await self._groups.ensure(changed)
            name = self._rpc.name(_path(message_id))
            await self._rpc.commit([update_fields_if(name, message_fields(changed), version)])
            return changed

        return await retry_on_conflict(attempt, "failed message")

    async def page(
        self, wanted: MessageFilter, cursor: str | None = None, limit: int = PAGE_SIZE
    ) -> Page[FailedMessage]:
        """List messages without their history, the latest failure first. Raises InvalidCursor."""
        return await self._page(
            _selection(_conditions(wanted), "lastFailedAt", descending=True), limit, cursor
        )

    async def page_unfinished(
        self, group_id: str, cursor: str | None = None, limit: int = PAGE_SIZE
    ) -> Page[FailedMessage]:
        """List the open and replaying messages of a group by publish time. Raises InvalidCursor."""
        statuses = [status.value for status in UNFINISHED]
        where = (("groupId", Op.EQUAL, group_id), ("status", Op.IN, statuses))
        return await self._page(_selection(where, "publishTime"), limit, cursor)

    async def due_for_replay(self, subscription: str, now: datetime, limit: int) -> tuple[FailedMessage, ...]:
        """List messages with a due automatic replay: new ones by publish time, then postponed ones."""
        return await self._automatic(subscription, ("retryAt", Op.AT_MOST, now), limit)

    async def waiting_for_replay(
        self, subscription: str, now: datetime, limit: int
    ) -> tuple[FailedMessage, ...]:
        """List messages with a postponed automatic replay, the next due first."""
        return await self._automatic(subscription, ("retryAt", Op.AT_LEAST, now), limit)

    async def count(self, wanted: MessageFilter) -> int:
        """Count messages on the server."""
        return await self._queries.count(Selection(collection=COLLECTION, where=_conditions(wanted)))

    async def count_failed(self, group_id: str, since: datetime, until: datetime) -> int:
        """Count the messages of a group with their latest failure in a period."""
        where: tuple[Condition, ...] = (
            ("groupId", Op.EQUAL, group_id),
            ("lastFailedAt", Op.AT_LEAST, since),
            ("lastFailedAt", Op.BELOW, until),
        )
        return await self._queries.count(Selection(collection=COLLECTION, where=where))

    async def _automatic(self, subscription: str, due: Condition, limit: int) -> tuple[FailedMessage, ...]:
        unfinished: tuple[Condition, ...] = (
            ("originalSubscription", Op.EQUAL, subscription),
            ("status", Op.IN, [status.value for status in UNFINISHED]),
        )
        return (await self._page(_selection((*unfinished, due), "retryAt"), limit, None)).items

    async def _read(self, message_id: str) -> tuple[FailedMessage, object]:
        path = _path(message_id)
        document = (await self._rpc.get([path])).get(path)
        if document is None:
            raise NotFound("Message not found")
        return read_message(message_id, read_fields(document.fields)), document.update_time

    async def _page(self, selection: Selection, limit: int, cursor: str | None) -> Page[FailedMessage]:
        documents, following = await page_of(self._queries, selection, limit, cursor)
        return Page(tuple(_listed(each) for each in documents), following)


def _path(message_id: str) -> str:
    return f"{COLLECTION}/{message_id}"


def _listed(document: Any) -> FailedMessage:
    return read_message(document_id(document), read_fields(document.fields))


def _selection(where: tuple[Condition, ...], order: str, *, descending: bool = False) -> Selection:
    return Selection(
        collection=COLLECTION, where=where, order=(order,), descending=descending, fields=LISTED_FIELDS
    )


def _conditions(wanted: MessageFilter) -> tuple[Condition, ...]:
    asked = {
        "status": wanted.status.value if wanted.status else None,
        "groupId": wanted.group_id,
        "originalSubscription": wanted.subscription,
        "orderKey": order_key(wanted.order_id) if wanted.order_id else None,
    }
    return tuple((name, Op.EQUAL, value) for name, value in asked.items() if value is not None)
