"""Erasure of one customer, on request: who they were is gone, what was bought and paid stays in the books.

Nothing in the store says in the clear whose it is, so all that is sealed is opened and looked at.
"""

import re
from collections import Counter

from pydantic.alias_generators import to_camel
from pydantic_core import to_json

from shared.adapters.cipher import Cipher
from shared.adapters.firestore.claims import claim_path
from shared.adapters.firestore.pages import page_paths, paged, read_paged
from shared.adapters.firestore.query import FirestoreQueries
from shared.adapters.firestore.rpc import FirestoreRpc
from shared.adapters.firestore.walk import Found, walk
from shared.adapters.firestore.writes import Write, amend, delete
from shared.domain.order import Order
from shared.domain.personal import personal_fields
from shared.errors import LostRace

ERASED = "erased"
"""Whose an order is once its customer is erased."""

WRITES = 100
"""Deletions in one commit."""


class Eraser:
    """Erase a customer from orders, claims and failed messages; delivery failures hold nothing personal."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries, cipher: Cipher) -> None:
        """Use Firestore's calls and queries, and the cipher that opens what is sealed."""
        self._rpc = rpc
        self._queries = queries
        self._cipher = cipher

    async def erase(self, customer: str) -> Counter[str]:
        """Erase a customer; count what was erased by kind, and what has to be tried again.

        Raises StoreUnavailable, and tink.TinkError for what no key of the keyset opens.
        """
        report = Counter({"orders": 0, "claims": 0, "failed messages": 0, "changed meanwhile": 0})
        steps = (
            ("orders", "orders", self._order),
            ("claims", "processed_messages", self._claim),
            ("failed messages", "failed_messages", self._failed_message),
        )
        for kind, collection, erasing in steps:
            async for found in walk(self._queries, collection):
                try:
                    report[kind] += await erasing(found, customer)
                except LostRace:
                    report["changed meanwhile"] += 1
        return report

    async def _order(self, found: Found, customer: str) -> bool:
        """Forget who ordered; the order itself is the books'."""
        sealed = {name: found.fields.get(name) for name in map(to_camel, personal_fields(Order))}
        told = {name: self._cipher.open_text(value, f"{found.path}#{name}") for name, value in sealed.items()}
        if customer not in told.values():
            return False
        erased = {
            name: self._cipher.seal_text(ERASED, f"{found.path}#{name}")
            for name in told
            if told[name] is not None
        }
        await self._rpc.commit([amend(self._rpc.name(found.path), erased, found.version)])
        return True

    async def _claim(self, found: Found, customer: str) -> bool:
        """Forget the events, whose ordering key is the customer; the claim still recognises its message."""
        events = await read_paged(self._rpc, found.path, found.fields["events"], self._cipher)
        if not _mentions(events, customer):
            return False
        if found.fields["sentAt"] is None:
            raise LostRace("claim: its events are still to be published")
        nothing = paged(claim_path(found.path.rpartition("/")[2]), to_json([]), self._cipher)
        await self._rpc.commit(
            [
                amend(self._rpc.name(found.path), {"events": nothing.fields}, found.version),
                *self._deletions(page_paths(found.path, found.fields["events"])),
            ]
        )
        return True

    async def _failed_message(self, found: Found, customer: str) -> bool:
        """Delete the message with its pages and edits, if any of them speaks of the customer."""
        told = [await read_paged(self._rpc, found.path, found.fields["message"], self._cipher)]
        edits = [
            each async for each in walk(self._queries, "edits") if each.path.startswith(found.path + "/")
        ]
        told += [
            await read_paged(self._rpc, each.path, each.fields["content"], self._cipher) for each in edits
        ]
        if not any(_mentions(each, customer) for each in told):
            return False
        paths = [*page_paths(found.path, found.fields["message"]), found.path]
        for each in edits:
            paths = [*page_paths(each.path, each.fields["content"]), each.path, *paths]
        for start in range(0, len(paths), WRITES):
            await self._rpc.commit(self._deletions(paths[start : start + WRITES]))
        return True

    def _deletions(self, paths: list[str]) -> list[Write]:
        return [delete(self._rpc.name(path)) for path in paths]


def _mentions(sealed: bytes, customer: str) -> bool:
    """Look for a customer as a text, and as JSON writes one; not as a part of another's id."""
    written = {customer.encode(), to_json(customer)[1:-1]}
    return any(re.search(rb"(?<![\w-])%s(?![\w-])" % re.escape(each), sealed) for each in written)
