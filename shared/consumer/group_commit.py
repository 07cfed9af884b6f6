"""Commits that only create documents, shared by deliveries of the same moment: group commit, as databases do.

    alone in its turn of the event loop   one call, whose answer is the delivery's
    with others, and taken                one call for all of them
    with others, and not taken            then a call for each by itself: one's conflict is nobody else's

Nobody holds or changes a document that must be new, so no delivery waits for another's. A call without an
answer is made anew like a refused one: where it had taken effect after all, the delivery finds its own claim,
as after any answer that was lost.
"""

from collections.abc import Sequence

from shared.errors import LostRace, Transient
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import Write
from shared.gcp.request_batcher import RequestBatcher

MAX_WRITES = 100
"""In one call. Firestore takes 10 MiB; what is too much together is committed apart."""


class GroupCommit:
    """Commit the writes of deliveries, together where they can be."""

    def __init__(self, rpc: FirestoreRpc) -> None:
        """Commit through Firestore's calls."""
        self._rpc = rpc
        self._batcher = RequestBatcher(rpc.commit, _BatchCapacity, retry_individually=(LostRace, Transient))

    async def commit(self, writes: Sequence[Write]) -> None:
        """Apply all of a delivery's writes or none. Raises LostRace, StoreUnavailable."""
        if all(each.creates for each in writes):
            await self._batcher.submit(writes)
        else:
            await self._rpc.commit(writes)


class _BatchCapacity:
    """The writes that one call may still take: none of a document that the call already writes."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def try_add(self, writes: Sequence[Write]) -> bool:
        """Add a delivery's writes if they fit."""
        names = {each.name for each in writes}
        if len(self._names) + len(names) > MAX_WRITES or not self._names.isdisjoint(names):
            return False
        self._names |= names
        return True
