"""Decryption of stored documents, to find the customers they are about."""

from collections.abc import Awaitable, Callable, Iterable

from pydantic.alias_generators import to_camel

from shared.consumer.claim_documents import from_fields
from shared.domain.order import Order
from shared.domain.personal import personal_fields
from shared.failed_messages.documents import parse_sensitive_part
from shared.gcp.firestore.chunks import read_chunked
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.maintenance.stored_documents import StoredDocument
from shared.privacy.data_subjects import find_data_subjects
from shared.privacy.encryption import Cipher


class EncryptedReader:
    """Decrypt the parts of stored documents."""

    def __init__(self, rpc: FirestoreRpc, cipher: Cipher) -> None:
        """Read chunks with Firestore's calls and decrypt with a cipher."""
        self._rpc = rpc
        self._cipher = cipher
        self._finders: dict[str, Callable[[StoredDocument], Awaitable[Iterable[str]]]] = {
            "orders": self._subjects_of_order,
            "processed_messages": self._subjects_of_claim,
            "failed_messages": self._subjects_of_failed_message,
            "edits": self._subjects_of_edit,
        }

    async def data_subjects(self, document: StoredDocument) -> Iterable[str]:
        """Return the customers a document is about. Raises StoreUnavailable, LostRace and tink.TinkError."""
        return await self._finders[document.collection](document)

    def personal_values(self, order: StoredDocument) -> dict[str, str]:
        """Decrypt an order's personal fields; return those with a value, by field name."""
        values = {}
        for name in map(to_camel, personal_fields(Order)):
            value = self._cipher.decrypt_text(order.fields.get(name), f"{order.path}#{name}")
            if value is not None:
                values[name] = value
        return values

    async def read_chunked(self, document: StoredDocument, name: str) -> bytes:
        """Decrypt the data that a field keeps in the document itself or in chunks."""
        return await read_chunked(self._rpc, document.path, document.fields[name], self._cipher)

    async def _subjects_of_order(self, order: StoredDocument) -> Iterable[str]:
        return self.personal_values(order).values()

    async def _subjects_of_claim(self, document: StoredDocument) -> Iterable[str]:
        claim = from_fields(document.fields, await self.read_chunked(document, "events"))
        return [each.ordering_key for each in claim.outbox]

    async def _subjects_of_failed_message(self, document: StoredDocument) -> Iterable[str]:
        header, data = parse_sensitive_part(await self.read_chunked(document, "message"))
        return find_data_subjects(data, header["orderingKey"], header["attributes"])

    async def _subjects_of_edit(self, edit: StoredDocument) -> Iterable[str]:
        return find_data_subjects(await self.read_chunked(edit, "content"))
