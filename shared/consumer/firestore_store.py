"""The processor's store: claims and state, read together and committed together."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from shared.consumer import claim_documents as claims
from shared.consumer import entity_documents as entities
from shared.consumer.group_commit import GroupCommit
from shared.consumer.idempotency import Change, Claim, Snapshot
from shared.domain.decision import Entity
from shared.domain.refs import Ref
from shared.gcp.firestore.chunks import Paged, page_paths, read_paged, write_pages
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import Write, changed, create, delete
from shared.privacy.encryption import Cipher


class Version(NamedTuple):
    """What a document was when it was read: itself, its fields, and the pages it pointed to."""

    document: Any
    fields: Mapping[str, Any]
    pages: frozenset[str]


class FirestoreStore:
    """Keep claims and entities in Firestore.

    A commit carries preconditions instead of a transaction: the claim must not exist, a changed
    document must be the version that was read, a new one must be new.
    """

    def __init__(self, rpc: FirestoreRpc, cipher: Cipher, mark_published: Callable[[str], None]) -> None:
        """Use Firestore's calls, the cipher of personal data, and a way to note what was sent."""
        self._rpc = rpc
        self._commits = GroupCommit(rpc)
        self._cipher = cipher
        self.mark_published = mark_published

    async def load(self, claim: str, refs: Sequence[Ref]) -> Snapshot:
        """Read a claim and entities in one round trip; a further one for each that is paged."""
        paths = {ref: entities.document_path(ref) for ref in refs}
        claim_path = claims.claim_path(claim)
        found = await self._rpc.get([claim_path, *paths.values()])
        versions = {ref: _version(path, found[path]) for ref, path in paths.items() if path in found}
        return Snapshot(
            claim=await self._claim(claim_path, found.get(claim_path)),
            state={ref: await self._entity(ref, version.fields) for ref, version in versions.items()},
            versions=versions,
        )

    async def commit(self, claim: Claim, changes: Sequence[Change]) -> None:
        """Create the claim and write the changes in one commit, after the pages they point to."""
        path = claims.claim_path(claim.id)
        fields, events = claims.to_fields(claim, self._cipher)
        writes, pages = [create(self._rpc.name(path), fields)], [*events.pages]
        for change in changes:
            bulk = self._write(change, writes)
            pages += bulk.pages
        await write_pages(self._rpc, pages)
        await self._commits.commit(writes)

    def _write(self, change: Change, writes: list[Write]) -> Paged:
        path = entities.document_path(change.entity.ref)
        fields, bulk = entities.to_fields(change.entity, path, self._cipher)
        if isinstance(version := change.version, Version):
            writes.append(changed(version.document, version.fields, fields))
            outdated = version.pages - {page for page, _ in bulk.pages}
            writes += [delete(self._rpc.name(page)) for page in sorted(outdated)]
        else:
            writes.append(create(self._rpc.name(path), fields))
        return bulk

    async def _claim(self, path: str, document: Any) -> Claim | None:
        if document is None:
            return None
        fields = read_fields(document.fields)
        return claims.from_fields(fields, await read_paged(self._rpc, path, fields["events"], self._cipher))

    async def _entity(self, ref: Ref, fields: Mapping[str, Any]) -> Entity:
        path = entities.document_path(ref)
        bulk = await read_paged(self._rpc, path, fields["bulk"], self._cipher) if "bulk" in fields else None
        return entities.from_fields(ref.kind, fields, path, self._cipher, bulk)


def _version(path: str, document: Any) -> Version:
    fields = read_fields(document.fields)
    return Version(document, fields, frozenset(page_paths(path, fields.get("bulk", {}))))
