"""The stored documents of a test's functions, for tests of keysets and erasure."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.consumer import entity_documents as entities
from shared.consumer.idempotency import claim_id
from shared.domain.order import Order
from shared.domain.refs import order_ref
from shared.gcp.channel import open_channel
from shared.gcp.firestore.query import FirestoreQueries
from shared.gcp.firestore.rpc import EMULATOR_OWNER, FirestoreRpc
from shared.gcp.firestore.writes import Write, set_document, update_fields
from shared.maintenance.stored_documents import StoredDocument, iter_collection
from shared.privacy.customer_keys import CUSTOMER_KEYS
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import read_keyset
from tests import messages
from tests.emulator import adapter_fixtures
from tests.emulator.consumer.entities import lived_order
from tests.emulator.failed_messages.console_backend import ConsoleBackend, post
from tests.lab.stack.polling import until

CUSTOMER, OTHER = "CUST-ERASE-ME", "CUST-ERASE-ME-NOT"
MAX_STARTS_PER_TURN = 100
"""Orders written in one commit."""


def report(
    orders: int = 0, claims: int = 0, failed: int = 0, texts: int = 0, again: int = 0
) -> dict[str, int]:
    """Return the counts of an erasure."""
    erased = {"orders": orders, "claims": claims, "failed messages": failed, "typed texts": texts}
    return {**erased, "changed meanwhile": again}


class CountingRpc(FirestoreRpc):
    """Count the documents that are read by path."""

    documents = 0

    async def get(self, paths: Any) -> dict[str, Any]:
        """Read documents and count them."""
        found = await super().get(paths)
        self.documents += len(found)
        return found


class CountingQueries(FirestoreQueries):
    """Count the documents that queries return."""

    documents = 0

    async def _documents(self, request: Any) -> list[Any]:
        found = await super()._documents(request)
        self.documents += len(found)
        return found


@dataclass(frozen=True)
class Store:
    """The stored documents, and the number of documents read so far."""

    rpc: CountingRpc
    queries: CountingQueries
    keyset: str

    @property
    def parts(self) -> tuple[FirestoreRpc, FirestoreQueries, Cipher]:
        """Return the arguments of Eraser and Reencryptor."""
        return self.rpc, self.queries, Cipher(self.keyset)

    @property
    def documents(self) -> int:
        """Return the number of documents read so far."""
        return self.rpc.documents + self.queries.documents

    async def order(self, order_id: str, keyset: str | None = None) -> Order:
        """Read an order with a keyset, by default that of the functions."""
        store = adapter_fixtures.store_over(self.rpc, Cipher(keyset or self.keyset))
        loaded = await store.load(claim_id("order_create", order_id), [order_ref(order_id)])
        order = loaded.state[order_ref(order_id)]
        assert isinstance(order, Order)
        return order

    async def published(self, order_id: str) -> bool:
        """Return whether the claim of an order is marked as published."""
        store = adapter_fixtures.store_over(self.rpc, Cipher(self.keyset))
        claim = (await store.load(claim_id("order_create", order_id), [])).claim
        return claim is not None and claim.published_at is not None

    async def create(self, backend: ConsoleBackend, order_id: str, customer: str, lines: int = 1) -> None:
        """Create an order through its function, and wait until its events are published."""
        written = messages.order_of([messages.line(each) for each in range(1, lines + 1)], order_id)
        pushed = messages.push({**written, "customerId": customer}, ordering_key=customer)
        assert await post(backend.creation.instance(), pushed) == 204
        await until(lambda: self.published(order_id))

    async def fill(self, number: int, customer: str, cipher: Cipher | None = None) -> None:
        """Write a number of orders of a customer as functions store them, over existing ones."""
        orders = [lived_order(f"QC-{customer}-{each}", customer_id=customer) for each in range(number)]
        writes = [self._write_of(each, cipher or Cipher(self.keyset)) for each in orders]
        for start in range(0, number, MAX_STARTS_PER_TURN):
            await self.rpc.commit(writes[start : start + MAX_STARTS_PER_TURN])

    async def remove_customer_keys(self, collection: str, path: str = "") -> None:
        """Remove `customerKeys` from the documents of a collection, or from the one at a path."""
        for each in [each for each in await self.all(collection) if path in ("", each.path)]:
            without = {name: value for name, value in each.fields.items() if name != CUSTOMER_KEYS}
            await self.rpc.commit([set_document(self.rpc.name(each.path), without)])

    async def write(self, document: StoredDocument, fields: dict[str, Any]) -> None:
        """Change some fields of a document."""
        await self.rpc.commit([update_fields(self.rpc.name(document.path), fields)])

    async def all(self, collection: str) -> list[StoredDocument]:
        """Read a whole collection."""
        return [each async for each in iter_collection(self.queries, collection)]

    def _write_of(self, order: Order, cipher: Cipher) -> Write:
        path = entities.document_path(order.ref)
        fields, _ = entities.to_fields(order, path, cipher)
        return set_document(self.rpc.name(path), fields)


@contextlib.asynccontextmanager
async def store_of(backend: ConsoleBackend) -> AsyncIterator[Store]:
    """Yield the store behind the functions."""
    project, host = backend.settings.project, backend.creation.emulators.firestore
    async with open_channel(host, "") as channel:
        yield Store(
            CountingRpc(channel, project, metadata=EMULATOR_OWNER),
            CountingQueries(channel, project, metadata=EMULATOR_OWNER),
            read_keyset(Path(backend.creation.environ["KEYSET_FILE"])),
        )
