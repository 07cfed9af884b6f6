"""Erasure of one customer, on request: who they were is gone, what was bought and paid stays in the books.

Nothing in the store says in the clear whose it is. What speaks of the customer by a personal field, or by its
ordering key, is found by its `customerKeys`; what cannot be read, and so may speak of anybody, is looked
at as well. A thorough erasure opens all that is sealed, and finds them under any other name, too.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator

from pydantic_core import to_json

from shared.consumer.claim_documents import claim_path
from shared.errors import LostRace
from shared.gcp.firestore.chunks import page_paths, paged
from shared.gcp.firestore.query import FirestoreQueries
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import Write, amend, delete
from shared.maintenance.encrypted_reader import Reader
from shared.maintenance.walk import Found, as_found, below, found, walk
from shared.privacy.customer_keys import FIELD, customer_keys
from shared.privacy.customer_search import COLLECTIONS, speaking_of
from shared.privacy.data_subjects import UNTOLD
from shared.privacy.encryption import Cipher

ERASED = "erased"
"""Whose an order is once its customer is erased."""

WRITES = 100
"""Deletions in one commit."""

KINDS = dict(zip(COLLECTIONS, ("orders", "claims", "failed messages", "failed messages"), strict=True))
"""What is counted for a collection: an edit goes with the message it belongs to."""


class Eraser:
    """Erase a customer from orders, claims and failed messages; delivery failures hold nothing personal."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries, cipher: Cipher) -> None:
        """Use Firestore's calls and queries, and the cipher that opens what is sealed."""
        self._rpc = rpc
        self._queries = queries
        self._cipher = cipher
        self._reader = Reader(rpc, cipher)
        self._erasing = {
            "orders": self._order,
            "processed_messages": self._claim,
            "failed_messages": self._failed_message,
            "edits": self._edited_message,
        }

    async def erase(self, customer: str, *, thorough: bool = False) -> Counter[str]:
        """Erase a customer; count what was erased by kind, and what has to be tried again.

        Raises StoreUnavailable, and tink.TinkError for what no key of the keyset opens.
        """
        report = Counter({**dict.fromkeys(KINDS.values(), 0), "changed meanwhile": 0})
        for collection, kind in KINDS.items():
            async for each in self._candidates(collection, customer, thorough=thorough):
                try:
                    report[kind] += await self._erasing[collection](each, customer)
                except LostRace:
                    report["changed meanwhile"] += 1
        return report

    def _candidates(self, collection: str, customer: str, *, thorough: bool) -> AsyncIterator[Found]:
        if thorough:
            return walk(self._queries, collection)
        return found(self._queries, speaking_of(collection, (customer, UNTOLD), self._cipher))

    async def _order(self, order: Found, customer: str) -> bool:
        """Forget who ordered; the order itself is the books'."""
        told = self._reader.personal(order)
        if customer not in told.values():
            return False
        erased = {name: self._cipher.seal_text(ERASED, f"{order.path}#{name}") for name in told}
        keys = {FIELD: customer_keys(order.path, [ERASED], self._cipher)}
        await self._rpc.commit([amend(self._rpc.name(order.path), erased | keys, order.version)])
        return True

    async def _claim(self, claim: Found, customer: str) -> bool:
        """Forget the events, whose ordering key is the customer; the claim still recognises its message."""
        if not _mentions(await self._reader.paged(claim, "events"), customer):
            return False
        if claim.fields["sentAt"] is None:
            raise LostRace("claim: its events are still to be published")
        nothing = paged(claim_path(claim.path.rpartition("/")[2]), to_json([]), self._cipher)
        forgotten = {"events": nothing.fields, FIELD: []}
        await self._rpc.commit(
            [
                amend(self._rpc.name(claim.path), forgotten, claim.version),
                *self._deletions(page_paths(claim.path, claim.fields["events"])),
            ]
        )
        return True

    async def _failed_message(self, message: Found, customer: str) -> bool:
        """Delete the message with its pages and edits, if any of them speaks of the customer."""
        edits = [each async for each in below(self._queries, "edits", message.path)]
        told = [await self._reader.paged(message, "message")]
        told += [await self._reader.paged(each, "content") for each in edits]
        if not any(_mentions(each, customer) for each in told):
            return False
        paths = [*page_paths(message.path, message.fields["message"]), message.path]
        for each in edits:
            paths = [*page_paths(each.path, each.fields["content"]), each.path, *paths]
        for start in range(0, len(paths), WRITES):
            await self._rpc.commit(self._deletions(paths[start : start + WRITES]))
        return True

    async def _edited_message(self, edit: Found, customer: str) -> bool:
        """Delete the message that an edit belongs to, unless that is done."""
        path = edit.path.partition("/edits/")[0]
        message = (await self._rpc.get([path])).get(path)
        return message is not None and await self._failed_message(as_found(message), customer)

    def _deletions(self, paths: list[str]) -> list[Write]:
        return [delete(self._rpc.name(path)) for path in paths]


def _mentions(sealed: bytes, customer: str) -> bool:
    """Look for a customer as a text, and as JSON writes one; not as a part of another's id."""
    written = {customer.encode(), to_json(customer)[1:-1]}
    return any(re.search(rb"(?<![\w-])%s(?![\w-])" % re.escape(each), sealed) for each in written)
