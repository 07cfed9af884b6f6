"""Group commit: commits of the same moment share a call where they rarely lose a race.

    alone in its turn of the event loop   a call of its own
    with others, committed                one call for all of them
    with others, refused                  then one call for each: a conflict affects its own commit only

A document that must be new is locked by no other writer. A commit of contended documents has a call of its
own: such as the stock of a sku that many orders ask for. It would often cause the others to be refused.

A call without a response is repeated like a refused one. If it was committed nevertheless, the repetition is
refused: its documents exist.
"""

from collections.abc import Sequence

from shared.errors import LostRace, Transient
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import Write
from shared.gcp.request_batcher import RequestBatcher

MAX_WRITES = 100
"""The most writes in one call. Firestore refuses more than 10 MiB; then each commit has its own call."""


class GroupCommit:
    """Commit writes, in shared calls where possible."""

    def __init__(self, rpc: FirestoreRpc) -> None:
        """Commit through Firestore's calls."""
        self._rpc = rpc
        self._batcher = RequestBatcher(rpc.commit, _BatchCapacity, retry_individually=(LostRace, Transient))

    async def commit(self, writes: Sequence[Write], *, contended: bool = True) -> None:
        """Apply all writes or none; `contended` says whether others often write the documents they change.

        Raises LostRace, StoreUnavailable.
        """
        if not contended or all(each.creates for each in writes):
            await self._batcher.submit(writes)
        else:
            await self._rpc.commit(writes)


class _BatchCapacity:
    """The writes that one call may still take: none of a document that the call already writes."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def try_add(self, writes: Sequence[Write]) -> bool:
        """Add the writes of a commit if they fit."""
        names = {each.name for each in writes}
        if len(self._names) + len(names) > MAX_WRITES or not self._names.isdisjoint(names):
            return False
        self._names |= names
        return True
