"""A store in memory, with the preconditions of the real one."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from shared.consumer.idempotency import Change, Claim, Snapshot
from shared.domain.refs import Ref
from shared.errors import LostRace

if TYPE_CHECKING:
    from shared.domain.decision import Entity


class MemoryStore:
    """Keep claims and entities in two dicts.

    Attributes:
        claims: by claim id.
        entities: by reference.
    """

    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}
        self.entities: dict[Ref, Entity] = {}
        self._versions: dict[Ref, int] = {}

    async def load(self, claim: str, refs: Sequence[Ref]) -> Snapshot:
        """Read a claim and entities at one moment."""
        await asyncio.sleep(0)  # rivals get their turn, as they do while a real read is under way
        present = [ref for ref in refs if ref in self.entities]
        return Snapshot(
            claim=self.claims.get(claim),
            state={ref: self.entities[ref] for ref in present},
            versions={ref: self._versions[ref] for ref in present},
        )

    async def commit(self, claim: Claim, changes: Sequence[Change]) -> None:
        """Create the claim and write the changes, or raise LostRace and write nothing."""
        await asyncio.sleep(0)  # as above; from here on nothing else runs
        if claim.id in self.claims or any(self._moved_on(change) for change in changes):
            raise LostRace("memory")
        self.claims[claim.id] = claim
        for change in changes:
            ref = change.entity.ref
            self.entities[ref] = change.entity
            self._versions[ref] = self._versions.get(ref, 0) + 1

    def mark_published(self, claim: str) -> None:
        """Mark a claim at once, as of the time it was processed; ignore one that does not exist."""
        if claim in self.claims:
            found = self.claims[claim]
            self.claims[claim] = replace(found, published_at=found.processed_at)

    def _moved_on(self, change: Change) -> bool:
        return self._versions.get(change.entity.ref) != change.version
