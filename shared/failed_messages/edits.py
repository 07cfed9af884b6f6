"""Edited messages: `failed_messages/{fingerprint}/edits/{id}`, their data sealed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.failed_messages.paging import PAGE_SIZE
from shared.failed_messages.records import document_id
from shared.gcp.firestore.chunks import chunk_data, read_chunked, write_chunks
from shared.gcp.firestore.query import FirestoreQueries, Selection
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import set_document
from shared.privacy.customer_keys import FIELD, customer_keys
from shared.privacy.data_subjects import find_data_subjects
from shared.privacy.encryption import Cipher


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Data to be sent instead of a failed message's own."""

    id: str
    case_id: str
    by: str
    at: datetime
    data: bytes = field(repr=False)


class Edits:
    """Keep what was changed before a message was replayed."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries, cipher: Cipher) -> None:
        """Use Firestore's calls and queries, and the cipher for what messages hold."""
        self._rpc = rpc
        self._queries = queries
        self._cipher = cipher

    async def save(self, edit: Edit) -> None:
        """Keep an edit. Raises StoreUnavailable."""
        path = _path(edit.case_id, edit.id)
        sealed = chunk_data(path, edit.data, self._cipher)
        await write_chunks(self._rpc, sealed.chunks)
        keys = customer_keys(path, find_data_subjects(edit.data), self._cipher)
        fields = {"by": edit.by, "at": edit.at, "content": sealed.fields, FIELD: keys}
        await self._rpc.commit([set_document(self._rpc.name(path), fields)])

    async def find(self, case_id: str, edit_id: str) -> Edit | None:
        """Read an edit. Raises StoreUnavailable."""
        path = _path(case_id, edit_id)
        document = (await self._rpc.get([path])).get(path)
        return await self._restored(case_id, document) if document else None

    async def of(self, case_id: str) -> tuple[Edit, ...]:
        """List a case's newest edits, the newest first. Raises StoreUnavailable."""
        listed = Selection(collection="edits", order=("at",), descending=True)
        documents, _ = await self._queries.page(listed, PAGE_SIZE, under=f"failed_messages/{case_id}")
        return tuple([await self._restored(case_id, each) for each in documents])

    async def _restored(self, case_id: str, document: Any) -> Edit:
        identifier, fields = document_id(document), read_fields(document.fields)
        path = _path(case_id, identifier)
        data = await read_chunked(self._rpc, path, fields["content"], self._cipher)
        return Edit(id=identifier, case_id=case_id, by=fields["by"], at=fields["at"], data=data)


def _path(case_id: str, edit_id: str) -> str:
    return f"failed_messages/{case_id}/edits/{edit_id}"
