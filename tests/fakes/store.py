"""A store in memory, with the preconditions of the real one."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from shared.consumer.idempotency import Change, Claim, Snapshot
from shared.digest import digest
from shared.domain.refs import Ref
from shared.domain.waiting_list import MAX_ORDERS_SERVED, WaitingList, WaitingOrder
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
        lists = {ref: self._waiting_list(ref) for ref in refs if ref.kind == "waiting_list"}
        return Snapshot(
            claim=self.claims.get(claim),
            state={**{ref: self.entities[ref] for ref in present}, **lists},
            versions={ref: self._versions[ref] for ref in present},
        )

    async def commit(self, claim: Claim, changes: Sequence[Change], removed: Sequence[Ref] = ()) -> None:
        """Create the claim, write the changes and remove entities, or raise LostRace and do nothing."""
        await asyncio.sleep(0)  # as above; from here on nothing else runs
        claims = claim.claims_to_commit()
        if any(each.id in self.claims for each in claims) or any(
            self._moved_on(change) for change in changes
        ):
            raise LostRace("memory")
        self.claims.update((each.id, each) for each in claims)
        for change in changes:
            ref = change.entity.ref
            self.entities[ref] = change.entity
            self._versions[ref] = self._versions.get(ref, 0) + 1
        for ref in removed:
            self.entities.pop(ref, None)
            self._versions.pop(ref, None)

    def mark_published(self, claim: str) -> None:
        """Mark a claim at once, as of the time it was processed; ignore one that does not exist."""
        if claim in self.claims:
            found = self.claims[claim]
            self.claims[claim] = replace(found, published_at=found.processed_at)

    def _waiting_list(self, ref: Ref) -> WaitingList:
        location_id, sku = ref.key
        waiting = [
            each
            for each in self.entities.values()
            if isinstance(each, WaitingOrder) and (each.location_id, each.sku) == ref.key
        ]
        waiting.sort(key=lambda each: (each.ordered_at, digest(*each.ref.key)))
        return WaitingList(location_id=location_id, sku=sku, orders=tuple(waiting[:MAX_ORDERS_SERVED]))

    def _moved_on(self, change: Change) -> bool:
        return self._versions.get(change.entity.ref) != change.version
