"""Erasure of one customer on request: personal data goes, goods and payments stay in the books.

Stored documents contain no plaintext customer ids. Documents about the customer are found by their
`customerKeys`. A document that was unreadable when it was stored may be about anyone, so an erasure searches
it too. A thorough erasure decrypts every document, and also finds the customer under other field names.

What people typed in the console is stored in plain text. Every erasure searches all of it.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from pydantic_core import to_json

from shared.consumer.claim_documents import claim_path
from shared.contracts.field_types import normalize_text
from shared.errors import LostRace
from shared.gcp.firestore.chunks import chunk_data, chunk_paths
from shared.gcp.firestore.query import FirestoreQueries
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import Write, delete, update_fields_if
from shared.maintenance.encrypted_reader import EncryptedReader
from shared.maintenance.mentions import mentions
from shared.maintenance.stored_documents import (
    StoredDocument,
    customer_selection,
    iter_collection,
    iter_documents,
    iter_subcollection,
    to_document,
)
from shared.maintenance.typed_texts import erased_texts, iter_typed
from shared.privacy.customer_keys import CUSTOMER_COLLECTIONS, CUSTOMER_KEYS, encrypt_customers
from shared.privacy.data_subjects import UNKNOWN_SUBJECT
from shared.privacy.encryption import Cipher

ERASED = "erased"
"""Customer id and membership id of an order after the erasure of its customer."""

MAX_DELETIONS = 100
"""Deletions in one commit."""

ERASURE_BEGUN = "erasing"
"""Marks a failed message while its deletion takes several commits."""

KIND_BY_COLLECTION = {
    "orders": "orders",
    "processed_messages": "claims",
    "failed_messages": "failed messages",
    "edits": "failed messages",
}
"""What a collection counts as in the report: an edit counts as its failed message."""

TYPED_TEXTS = "typed texts"
"""What a document with a reason, an owner, a note or a ticket counts as."""


class Eraser:
    """Erase a customer from orders, claims, failed messages and typed texts: nothing else is personal."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries, cipher: Cipher) -> None:
        """Use Firestore's calls and queries, and the cipher of the keyset."""
        self._rpc = rpc
        self._queries = queries
        self._cipher = cipher
        self._reader = EncryptedReader(rpc, cipher)
        self._erase_from = {
            "orders": self._erase_from_order,
            "processed_messages": self._erase_from_claim,
            "failed_messages": self._delete_failed_message,
            "edits": self._delete_edited_message,
        }

    async def erase(self, customer: str, *, thorough: bool = False) -> Counter[str]:
        """Erase a customer; count the erased documents by kind, and those to try again.

        Raises StoreUnavailable, and tink.TinkError for data that no key of the keyset decrypts.
        """
        counts = Counter(dict.fromkeys((*KIND_BY_COLLECTION.values(), TYPED_TEXTS, "changed meanwhile"), 0))
        for collection in CUSTOMER_COLLECTIONS:
            kind = KIND_BY_COLLECTION[collection]
            candidates = self._candidates(collection, customer, thorough=thorough)
            counts.update(await _erase_each(candidates, self._erase_from[collection], customer, kind))
        typed = iter_typed(self._queries)
        counts.update(await _erase_each(typed, self._erase_typed_texts, customer, TYPED_TEXTS))
        return counts

    def _candidates(self, collection: str, customer: str, *, thorough: bool) -> AsyncIterator[StoredDocument]:
        if thorough:
            return iter_collection(self._queries, collection)
        selection = customer_selection(collection, (customer, UNKNOWN_SUBJECT), self._cipher)
        return iter_documents(self._queries, selection)

    async def _erase_from_order(self, order: StoredDocument, customer: str) -> bool:
        """Replace the personal fields; the order itself belongs to the books."""
        values = self._reader.personal_values(order)
        if normalize_text(customer) not in values.values():
            return False
        erased = {name: self._cipher.encrypt_text(ERASED, f"{order.path}#{name}") for name in values}
        keys = {CUSTOMER_KEYS: encrypt_customers(order.path, [ERASED], self._cipher)}
        await self._rpc.commit([update_fields_if(self._rpc.name(order.path), erased | keys, order.version)])
        return True

    async def _erase_from_claim(self, claim: StoredDocument, customer: str) -> bool:
        """Remove the events, which carry the customer as ordering key; the claim still detects duplicates."""
        if not mentions(await self._reader.read_chunked(claim, "events"), customer):
            return False
        if claim.fields["sentAt"] is None:
            raise LostRace("claim: its events are not published yet")
        no_events = chunk_data(claim_path(claim.path.rpartition("/")[2]), to_json([]), self._cipher)
        changes = {"events": no_events.fields, CUSTOMER_KEYS: []}
        await self._rpc.commit(
            [
                update_fields_if(self._rpc.name(claim.path), changes, claim.version),
                *self._deletions(chunk_paths(claim.path, claim.fields["events"])),
            ]
        )
        return True

    async def _delete_failed_message(self, message: StoredDocument, customer: str) -> bool:
        """Delete the message with its chunks and edits, if any of them mentions the customer."""
        edits = [each async for each in iter_subcollection(self._queries, "edits", message.path)]
        if not await self._is_to_delete(message, edits, customer):
            return False
        paths = [*chunk_paths(message.path, message.fields["message"]), message.path]
        for each in edits:
            paths = [*chunk_paths(each.path, each.fields["content"]), each.path, *paths]
        if len(paths) > MAX_DELETIONS:
            await self._mark_begun(message, customer)
        for start in range(0, len(paths), MAX_DELETIONS):
            await self._rpc.commit(self._deletions(paths[start : start + MAX_DELETIONS]))
        return True

    async def _is_to_delete(
        self, message: StoredDocument, edits: Sequence[StoredDocument], customer: str
    ) -> bool:
        """Search the message and its edits; not again what an interrupted erasure left of them."""
        if ERASURE_BEGUN in message.fields:
            return True
        try:
            contents = [await self._reader.read_chunked(message, "message")]
            contents += [await self._reader.read_chunked(each, "content") for each in edits]
        except LostRace:
            if await self._is_unchanged(message):
                return True  # an erasure of an earlier release broke half way, and left no mark
            raise
        return any(mentions(each, customer) for each in contents)

    async def _is_unchanged(self, message: StoredDocument) -> bool:
        found = await self._rpc.get([message.path])
        return message.path in found and found[message.path].update_time == message.version

    async def _mark_begun(self, message: StoredDocument, customer: str) -> None:
        """Have the next erasure find the message, which is deleted last, and delete what is left of it."""
        keys = encrypt_customers(message.path, [customer], self._cipher)
        begun = update_fields_if(
            self._rpc.name(message.path), {ERASURE_BEGUN: True, CUSTOMER_KEYS: keys}, message.version
        )
        await self._rpc.commit([begun])

    async def _delete_edited_message(self, edit: StoredDocument, customer: str) -> bool:
        """Delete the message of an edit; or the edit alone, if an earlier release saved it after that."""
        path = edit.path.partition("/edits/")[0]
        found = await self._rpc.get([path, edit.path])
        if path in found:
            return await self._delete_failed_message(to_document(found[path]), customer)
        if edit.path not in found:
            return False
        if not mentions(await self._reader.read_chunked(edit, "content"), customer):
            return False
        await self._rpc.commit(self._deletions([*chunk_paths(edit.path, edit.fields["content"]), edit.path]))
        return True

    async def _erase_typed_texts(self, document: StoredDocument, customer: str) -> bool:
        """Replace what a person typed about the customer; who did what when stays in the record."""
        erased = erased_texts(document, customer)
        if erased:
            await self._rpc.commit(
                [update_fields_if(self._rpc.name(document.path), erased, document.version)]
            )
        return bool(erased)

    def _deletions(self, paths: list[str]) -> list[Write]:
        return [delete(self._rpc.name(path)) for path in paths]


async def _erase_each(
    documents: AsyncIterator[StoredDocument],
    erase_from: Callable[[StoredDocument, str], Awaitable[bool]],
    customer: str,
    kind: str,
) -> Counter[str]:
    """Erase a customer from documents; count the erased ones as of a kind, and those to try again."""
    counts: Counter[str] = Counter()
    async for each in documents:
        try:
            counts[kind] += await erase_from(each, customer)
        except LostRace:
            counts["changed meanwhile"] += 1
    return counts
