"""Claims and entities in Firestore, read together and committed together."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from shared.consumer import claim_documents as claims
from shared.consumer import entity_documents as entities
from shared.consumer.entity_documents import LINES_FIELD, OVERFLOW, read_entity_fields, with_lines_read
from shared.consumer.idempotency import Change, Claim, Snapshot
from shared.domain.decision import Entity
from shared.domain.order import Order
from shared.domain.refs import Ref
from shared.domain.waiting_list import WaitingList
from shared.gcp.firestore.chunks import Chunked, chunk_paths, read_chunked, write_chunks
from shared.gcp.firestore.group_commit import GroupCommit
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import Write, create, delete, update_if
from shared.privacy.encryption import Cipher


class Version(NamedTuple):
    """A document as it was read: its path, as protobuf, and as fields."""

    path: str
    document: Any
    fields: Mapping[str, Any]

    @property
    def chunks(self) -> frozenset[str]:
        """Return the paths of its chunks; none where the document has everything."""
        return frozenset(chunk_paths(self.path, self.fields[OVERFLOW]) if OVERFLOW in self.fields else ())


class FirestoreStore:
    """Store claims and entities in Firestore.

    A commit has preconditions instead of a transaction: the claim must not exist, a changed document
    must be the version that was read, and a new document must not exist.
    """

    def __init__(self, rpc: FirestoreRpc, cipher: Cipher, mark_published: Callable[[str], None]) -> None:
        """Store through Firestore's calls; `mark_published` takes the ids of claims to mark."""
        self._rpc = rpc
        self._commits = GroupCommit(rpc)
        self._cipher = cipher
        self.mark_published = mark_published

    async def load(self, claim: str, refs: Sequence[Ref]) -> Snapshot:
        """Read a claim and entities in one round trip; one more for each entity in chunks."""
        paths = {ref: entities.document_path(ref) for ref in refs if ref.kind in entities.COLLECTIONS}
        claim_path = claims.claim_path(claim)
        found = await self._rpc.get([claim_path, *paths.values()])
        versions = {
            ref: Version(path, found[path], read_entity_fields(ref.kind, found[path].fields))
            for ref, path in paths.items()
            if path in found
        }
        state = {
            ref: await read_entity(self._rpc, ref.kind, each.path, each.fields, self._cipher)
            for ref, each in versions.items()
        }
        waiting = {ref: await self._waiting_list(ref) for ref in refs if ref not in paths}
        return Snapshot(
            claim=await self._claim(claim_path, found.get(claim_path)),
            state={**state, **waiting},
            versions=versions,
        )

    async def commit(self, claim: Claim, changes: Sequence[Change], removed: Sequence[Ref] = ()) -> None:
        """Create the claim, write changes and remove entities in one commit, after the chunks they name."""
        writes, chunks = list[Write](), list[tuple[str, bytes]]()
        for each in claim.claims_to_commit():
            fields, events = claims.to_fields(each, self._cipher)
            writes.append(create(self._rpc.name(claims.claim_path(each.id)), fields))
            chunks += events.chunks
        for change in changes:
            chunks += self._add_writes(change, writes).chunks
        writes += [delete(self._rpc.name(entities.document_path(ref))) for ref in removed]
        await write_chunks(self._rpc, chunks)
        # An order's messages come one by one, nearly always; many orders want the same stock.
        only_orders = all(isinstance(change.entity, Order) for change in changes)
        await self._commits.commit(writes, contended=not only_orders)

    def _add_writes(self, change: Change, writes: list[Write]) -> Chunked:
        version = change.version if isinstance(change.version, Version) else None
        path = version.path if version else entities.document_path(change.entity.ref)
        fields, overflow = entities.to_fields(change.entity, path, self._cipher)
        if version:
            kept = fields.get(LINES_FIELD) is version.fields.get(LINES_FIELD)
            before = version.fields if kept else with_lines_read(version.fields)
            writes.append(update_if(version.document, before, fields))
            outdated = version.chunks - {path for path, _ in overflow.chunks}
            writes += [delete(self._rpc.name(each)) for each in sorted(outdated)]
        else:
            writes.append(create(self._rpc.name(path), fields))
        return overflow

    async def _waiting_list(self, ref: Ref) -> WaitingList:
        from shared.consumer.waiting_list_query import (  # noqa: PLC0415 - most functions make no query
            read_waiting_list,
        )

        return await read_waiting_list(self._rpc, ref)

    async def _claim(self, path: str, document: Any) -> Claim | None:
        if document is None:
            return None
        fields = read_fields(document.fields)
        return claims.from_fields(fields, await read_chunked(self._rpc, path, fields["events"], self._cipher))


async def read_entity(
    rpc: FirestoreRpc, kind: str, path: str, fields: Mapping[str, Any], cipher: Cipher
) -> Entity:
    """Restore an entity from its document, and from its chunks. Raises LostRace, StoreUnavailable."""
    overflow = await read_chunked(rpc, path, fields[OVERFLOW], cipher) if OVERFLOW in fields else None
    return entities.from_fields(kind, fields, path, cipher, overflow)
