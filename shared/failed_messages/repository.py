"""Failed messages in Firestore: `failed_messages/{fingerprint}`, one document each.

Large payloads continue in chunks below the document.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from shared.errors import LostRace, StoreContended
from shared.failed_messages import selections
from shared.failed_messages.audit_log import audit_write, message_records
from shared.failed_messages.dead_letter import Recount, StoredDeadLetter
from shared.failed_messages.documents import (
    document_id,
    message_fields,
    read_dead_letter,
    read_message,
    read_page,
    serialize_sensitive_part,
)
from shared.failed_messages.errors import NotFound
from shared.failed_messages.failure_groups import FailureGroups
from shared.failed_messages.impact import MAX_IMPACT_MESSAGES, Impact, sum_impact
from shared.failed_messages.model import PAGE_SIZE, FailedMessage, MessageFilter, Page, Sort
from shared.failed_messages.retry_on_conflict import retry_on_conflict
from shared.failed_messages.selections import COLLECTION
from shared.failed_messages.transitions import count_dead_letter, is_latest_failure, open_failed_message
from shared.gcp.firestore.chunks import chunk_data, read_chunked, write_chunks
from shared.gcp.firestore.group_commit import GroupCommit
from shared.gcp.firestore.query import FirestoreQueries, Op, Selection
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import Write, create, update_fields_if
from shared.privacy.customer_keys import CUSTOMER_KEYS, encrypt_customers, encrypt_customers_with_all_keys
from shared.privacy.data_subjects import UNKNOWN_SUBJECT, find_data_subjects
from shared.privacy.encryption import Cipher

MAX_FOUND_MESSAGES = 200
"""Messages that a search lists."""


class FailedMessageRepository:
    """Store, read, update, list and count failed messages; every method raises StoreUnavailable."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries, cipher: Cipher) -> None:
        """Use Firestore's calls and queries; `cipher` encrypts payloads."""
        self._rpc = rpc
        self._queries = queries
        self._cipher = cipher
        # Unreadable messages share this key, and are about different customers.
        self._unknown = frozenset(encrypt_customers_with_all_keys(COLLECTION, [UNKNOWN_SUBJECT], cipher))
        self._groups = FailureGroups(rpc, queries)
        self._commits = GroupCommit(rpc)

    async def save(self, stored: StoredDeadLetter) -> bool:
        """Store a dead letter with its failure group; return False where the message is stored already.

        Raises StoreContended.
        """
        path, dead_letter = _path(stored.fingerprint), stored.dead_letter
        message = open_failed_message(stored)
        await self._groups.ensure(message)
        payload = chunk_data(path, serialize_sensitive_part(dead_letter), self._cipher)
        await write_chunks(self._rpc, payload.chunks)
        subjects = find_data_subjects(dead_letter.data, dead_letter.ordering_key, dead_letter.attributes)
        fields = message_fields(message) | {
            "givenUpAt": stored.dead_lettered_at,
            "message": payload.fields,
            CUSTOMER_KEYS: encrypt_customers(path, subjects, self._cipher),
        }
        try:
            await self._commits.commit([create(self._rpc.name(path), fields)])
        except LostRace:
            if path in await self._rpc.get([path]):
                return False
            raise StoreContended("failed message: locked by other writers") from None
        return True

    async def count_again(self, stored: StoredDeadLetter) -> Recount:
        """Count another dead letter of a stored message, once. Raises StoreContended."""
        recounts: list[Recount] = []

        def count(message: FailedMessage) -> FailedMessage:
            counted = count_dead_letter(message, stored)
            latest = is_latest_failure(message, stored)
            recounts.append(Recount(counted=counted is not message, latest=latest))
            return counted

        with suppress(NotFound):  # deleted since: its customer was erased
            await self.update(stored.fingerprint, count)
            return recounts[-1]
        return Recount(counted=False, latest=False)

    async def find(self, message_id: str) -> FailedMessage:
        """Read a failed message with its history. Raises NotFound."""
        return (await self._read(message_id))[0]

    async def find_ids(self, prefix: str, limit: int) -> tuple[str, ...]:
        """List the first ids that begin with a prefix; the prefix itself is not among them."""
        after = self._queries.cursor_after(_path(prefix))
        documents, _ = await self._queries.page(selections.IDS, limit, after)
        ids = (document_id(each) for each in documents)
        return tuple(each for each in ids if each.startswith(prefix))

    async def find_dead_letter(self, message_id: str) -> StoredDeadLetter | None:
        """Read a stored dead letter with its payload and its present failure reason.

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
        self,
        message_id: str,
        change: Callable[[FailedMessage], FailedMessage],
        writes: Sequence[Write] = (),
    ) -> FailedMessage:
        """Apply a change exactly once, over the version it was decided on, and record it in the audit log.

        `writes` are part of the same commit.
        Writes nothing where `change` returns the message itself; passes on what `change` raises.
        Raises NotFound, StoreContended.
        """

        async def attempt() -> FailedMessage:
            message, version = await self._read(message_id)
            changed = change(message)
            if changed is message:
                return message
            if changed.group_id != message.group_id:
                await self._groups.ensure(changed)
            elif changed.critical and not message.critical:
                await self._groups.mark_critical(changed.group_id)
            name = self._rpc.name(_path(message_id))
            records = [audit_write(self._rpc, each) for each in message_records(message, changed)]
            update = update_fields_if(name, message_fields(changed), version)
            await self._rpc.commit([update, *records, *writes])
            return changed

        return await retry_on_conflict(attempt, "failed message")

    async def page(
        self,
        wanted: MessageFilter,
        cursor: str | None = None,
        limit: int = PAGE_SIZE,
        sort: Sort = Sort.NEWEST,
    ) -> Page[FailedMessage]:
        """List messages without their history. Raises InvalidCursor."""
        return await self._page(selections.select_page(wanted, sort), limit, cursor)

    async def page_unfinished(
        self,
        group_id: str,
        cursor: str | None = None,
        limit: int = PAGE_SIZE,
        after: datetime | None = None,
    ) -> Page[FailedMessage]:
        """List the open and replaying messages of a group by publish time, from `after` on.

        Raises InvalidCursor.
        """
        return await self._page(selections.select_unfinished(group_id, after), limit, cursor)

    async def list_by_id(self, identifier: str) -> tuple[FailedMessage, ...]:
        """List messages with a business id, a correlation id or a message id, the latest failure first."""
        return await self._search(selections.select_by_id(identifier))

    async def list_of_customer(self, customer: str) -> tuple[FailedMessage, ...]:
        """List messages about a customer, the latest failure first."""
        keys = encrypt_customers_with_all_keys(COLLECTION, [customer], self._cipher)
        return await self._search(selections.select_of_customer(keys))

    async def list_due_for_replay(
        self, subscription: str, now: datetime, limit: int
    ) -> tuple[FailedMessage, ...]:
        """List messages with a due automatic replay: new ones by publish time, then postponed ones."""
        due = selections.select_automatic_replays(subscription, ("retryAt", Op.AT_MOST, now))
        return (await self._page(due, limit, None)).items

    async def list_waiting_for_replay(
        self, subscription: str, now: datetime, limit: int
    ) -> tuple[FailedMessage, ...]:
        """List messages with a postponed automatic replay, the next due first."""
        waiting = selections.select_automatic_replays(subscription, ("retryAt", Op.AT_LEAST, now))
        return (await self._page(waiting, limit, None)).items

    async def list_notices_due(self, limit: int) -> tuple[FailedMessage, ...]:
        """List closed messages that their producers have yet to learn of."""
        return (await self._page(selections.select_notices_due(), limit, None)).items

    async def count(self, wanted: MessageFilter) -> int:
        """Count messages on the server."""
        return await self._queries.count(selections.select_matching(wanted))

    async def count_failed(self, group_id: str, since: datetime, until: datetime) -> int:
        """Count the messages of a group with their latest failure in a period."""
        return await self._queries.count(selections.select_failed_within(group_id, since, until))

    async def count_received(self, since: datetime, group_id: str | None = None) -> int:
        """Count the messages of a group, or all, that failed for the first time since a moment."""
        return await self._queries.count(selections.select_since("receivedAt", since, group_id))

    async def count_closed(self, since: datetime, group_id: str | None = None) -> int:
        """Count the messages of a group, or all, that were closed since a moment."""
        return await self._queries.count(selections.select_since("closedAt", since, group_id))

    async def impact(self, group_id: str) -> Impact:
        """Sum up what the newest open messages of a group affect."""
        documents, following = await self._queries.page(
            selections.select_impact(group_id), MAX_IMPACT_MESSAGES
        )
        return sum_impact([read_fields(each.fields) for each in documents], complete=following is None)

    async def _search(self, selection: Selection) -> tuple[FailedMessage, ...]:
        found = (await self._page(selection, MAX_FOUND_MESSAGES, None)).items
        return tuple(sorted(found, key=lambda each: each.last_failed_at, reverse=True))

    async def _read(self, message_id: str) -> tuple[FailedMessage, object]:
        path = _path(message_id)
        document = (await self._rpc.get([path])).get(path)
        if document is None:
            raise NotFound("Message not found")
        return self._to_message(document), document.update_time

    async def _page(self, selection: Selection, limit: int, cursor: str | None) -> Page[FailedMessage]:
        documents, following = await read_page(self._queries, selection, limit, cursor)
        return Page(tuple(self._to_message(each) for each in documents), following)

    def _to_message(self, document: Any) -> FailedMessage:
        fields = read_fields(document.fields)
        known = [each for each in fields.get(CUSTOMER_KEYS, ()) if each not in self._unknown]
        return read_message(document_id(document), {**fields, CUSTOMER_KEYS: known})


def _path(message_id: str) -> str:
    return f"{COLLECTION}/{message_id}"
