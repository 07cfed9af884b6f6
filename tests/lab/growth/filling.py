"""Fill a store with copies of an order that `order_create` wrote, each with its own id."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.consumer.claim_documents import claim_path
from shared.consumer.entity_documents import document_path
from shared.consumer.idempotency import claim_id
from shared.domain.refs import order_ref
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import Document
from shared.gcp.firestore.writes import Write

ORDERS_PER_COMMIT = 200
"""Each order has a claim, and Firestore accepts 500 writes in one commit."""


@dataclass(frozen=True)
class Template:
    """The documents of one creation, an order and its claim, by path."""

    documents: Sequence[tuple[str, Any]]

    @classmethod
    async def read(cls, rpc: FirestoreRpc, order_id: str) -> "Template":
        """Read the documents of a created order."""
        paths = [document_path(order_ref(order_id)), claim_path(claim_id("order_create", order_id))]
        found = await rpc.get(paths)
        return cls([(path, Document(fields=found[path].fields)) for path in paths])

    def paths(self, order_id: str) -> list[str]:
        """Return the document paths of another order."""
        return [document_path(order_ref(order_id)), claim_path(claim_id("order_create", order_id))]

    def creation(self, rpc: FirestoreRpc, order_id: str) -> list[Write]:
        """Return the writes that create another order."""
        contents = (document for _, document in self.documents)
        return [
            _copy(rpc.name(path), content)
            for path, content in zip(self.paths(order_id), contents, strict=True)
        ]


async def fill(rpc: FirestoreRpc, template: Template, numbers: range) -> None:
    """Store orders with these numbers."""
    for start in range(numbers.start, numbers.stop, ORDERS_PER_COMMIT):
        part: Iterable[int] = range(start, min(start + ORDERS_PER_COMMIT, numbers.stop))
        await rpc.commit([write for each in part for write in template.creation(rpc, f"STORED-{each}")])


def _copy(name: str, content: Any) -> Write:
    def fill_write(write: Any) -> None:
        write.update.CopyFrom(content)
        write.update.name = name
        write.current_document.exists = False

    return Write(name, fill_write, creates=True)
