"""Commits that only create documents, shared by deliveries of the same moment: group commit, as databases do.

    alone in its turn of the event loop   one call, whose answer is the delivery's
    with others, and taken                one call for all of them
    with others, and not taken            then a call for each by itself: one's conflict is nobody else's

Nobody holds or changes a document that must be new, so no delivery waits for another's. A call without an
answer is made anew like a refused one: where it had taken effect after all, the delivery finds its own claim,
as after any answer that was lost.
"""

import asyncio
from collections.abc import Sequence

from shared.adapters.firestore.rpc import FirestoreRpc
from shared.adapters.firestore.writes import Write
from shared.errors import LostRace, Transient

MAX_WRITES = 100
"""In one call. Firestore takes 10 MiB; what is too much together is committed apart."""


class GroupCommit:
    """Commit the writes of deliveries, together where they can be."""

    def __init__(self, rpc: FirestoreRpc) -> None:
        """Commit through Firestore's calls."""
        self._rpc = rpc
        self._gathering: _Group | None = None

    async def commit(self, writes: Sequence[Write]) -> None:
        """Apply all of a delivery's writes or none. Raises LostRace, StoreUnavailable."""
        if not all(each.creates for each in writes):
            return await self._rpc.commit(writes)
        group = self._joined(writes)
        try:
            # Shielded: others wait for the same call, whatever becomes of this delivery.
            return await asyncio.shield(group.call)
        except (LostRace, Transient):
            if group.deliveries == 1:
                raise
        finally:
            # The group's call keeps its error, whose traceback keeps this frame: a cycle with every document.
            del group
        return await self._rpc.commit(writes)

    def _joined(self, writes: Sequence[Write]) -> "_Group":
        group = self._gathering
        if group is None or not group.has_room(writes):
            group = self._gathering = _Group()
            group.call = asyncio.create_task(self._send(group))  # begins with the loop's next turn
        group.add(writes)
        return group

    async def _send(self, group: "_Group") -> None:
        if self._gathering is group:
            self._gathering = None
        writes = [*group.writes.values()]
        del group  # as above
        await self._rpc.commit(writes)


class _Group:
    """Writes that go out in one call."""

    call: "asyncio.Task[None]"

    def __init__(self) -> None:
        self.writes: dict[str, Write] = {}
        self.deliveries = 0

    def has_room(self, more: Sequence[Write]) -> bool:
        """Tell whether more fit in; none of a document that is in already, since one of the two must lose."""
        fits = len(self.writes) + len(more) <= MAX_WRITES
        return fits and not any(each.name in self.writes for each in more)

    def add(self, writes: Sequence[Write]) -> None:
        """Take in a delivery's writes."""
        self.writes.update((each.name, each) for each in writes)
        self.deliveries += 1
