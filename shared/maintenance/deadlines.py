"""Deadlines by today's rules, for orders that an earlier release wrote last.

The sweep finds an order by the deadline in its document, which the release that wrote it derived. Otherwise
an order gets the deadline of a newer rule only with its next change, which may never come.
"""

from collections import Counter
from typing import cast

from shared.consumer.entity_documents import deadline_fields
from shared.consumer.firestore_store import read_entity
from shared.domain.order import Order
from shared.errors import LostRace
from shared.gcp.firestore.query import FirestoreQueries
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import update_fields_if
from shared.maintenance.stored_documents import StoredDocument, iter_collection
from shared.privacy.encryption import Cipher


class DeadlineUpdater:
    """Write the deadlines of stored orders again."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries, cipher: Cipher) -> None:
        """Use Firestore's calls and queries, and decrypt with a cipher."""
        self._rpc = rpc
        self._queries = queries
        self._cipher = cipher

    async def update(self) -> Counter[str]:
        """Process every order; count those that are current, updated or changed meanwhile.

        Raises StoreUnavailable, and tink.TinkError for data that no key of the keyset decrypts.
        """
        counts: Counter[str] = Counter()
        async for each in iter_collection(self._queries, "orders"):
            counts[await self._update_order(each)] += 1
        return counts

    async def _update_order(self, document: StoredDocument) -> str:
        try:
            fields = deadline_fields(await self._read_order(document))
            if fields == {name: document.fields.get(name) for name in fields}:
                return "current"
            name = self._rpc.name(document.path)
            await self._rpc.commit([update_fields_if(name, fields, document.version)])
        except LostRace:
            return "changed meanwhile"
        return "updated"

    async def _read_order(self, document: StoredDocument) -> Order:
        found = await read_entity(self._rpc, "order", document.path, document.fields, self._cipher)
        return cast("Order", found)
