"""Edited payloads: `failed_messages/{fingerprint}/edits/{id}`, encrypted.

The chunks of a large edit are stored before it. Where the console crashes in between, they expire.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.failed_messages.documents import document_id
from shared.failed_messages.model import PAGE_SIZE
from shared.gcp.firestore.chunks import chunk_data, keep_chunks, read_chunked, write_chunks
from shared.gcp.firestore.query import FirestoreQueries, Selection
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import Write, delete, set_document
from shared.privacy.customer_keys import CUSTOMER_KEYS, encrypt_customers
from shared.privacy.data_subjects import find_data_subjects
from shared.privacy.encryption import Cipher

UNSAVED_RETENTION = timedelta(days=1)
"""How long the chunks of an edit that was never saved are kept: longer than its request runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A payload to send instead of a failed message's own."""

    id: str
    message_id: str
    by: str
    at: datetime
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PreparedEdit:
    """The writes that make an edit visible, and the paths of its chunks, which are stored already."""

    writes: tuple[Write, ...]
    chunk_paths: tuple[str, ...]


class Edits:
    """Store and read edits; every method raises StoreUnavailable."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries, cipher: Cipher) -> None:
        """Use Firestore's calls and queries; `cipher` encrypts payloads."""
        self._rpc = rpc
        self._queries = queries
        self._cipher = cipher

    async def prepare(self, edit: Edit) -> PreparedEdit:
        """Make the writes of an edit, for the commit of its audit entry; store its chunks."""
        path = _path(edit.message_id, edit.id)
        content = chunk_data(path, edit.data, self._cipher)
        await write_chunks(self._rpc, content.chunks, edit.at + UNSAVED_RETENTION)
        keys = encrypt_customers(path, find_data_subjects(edit.data), self._cipher)
        fields = {"by": edit.by, "at": edit.at, "content": content.fields, CUSTOMER_KEYS: keys}
        writes = (set_document(self._rpc.name(path), fields), *keep_chunks(self._rpc, content.chunks))
        return PreparedEdit(writes, tuple(path for path, _ in content.chunks))

    async def drop(self, prepared: PreparedEdit) -> None:
        """Delete the chunks of an edit that was not committed: no document names them."""
        if prepared.chunk_paths:
            await self._rpc.overwrite([delete(self._rpc.name(path)) for path in prepared.chunk_paths])

    async def find(self, message_id: str, edit_id: str) -> Edit | None:
        """Read an edit."""
        path = _path(message_id, edit_id)
        document = (await self._rpc.get([path])).get(path)
        return await self._read(message_id, document) if document else None

    async def list_newest(self, message_id: str) -> tuple[Edit, ...]:
        """List a message's newest edits, the newest first."""
        listed = Selection(collection="edits", order=("at",), descending=True)
        documents, _ = await self._queries.page(listed, PAGE_SIZE, under=f"failed_messages/{message_id}")
        return tuple([await self._read(message_id, each) for each in documents])

    async def _read(self, message_id: str, document: Any) -> Edit:
        identifier, fields = document_id(document), read_fields(document.fields)
        path = _path(message_id, identifier)
        data = await read_chunked(self._rpc, path, fields["content"], self._cipher)
        return Edit(id=identifier, message_id=message_id, by=fields["by"], at=fields["at"], data=data)


def _path(message_id: str, edit_id: str) -> str:
    return f"failed_messages/{message_id}/edits/{edit_id}"
