"""Payments with a store that omits the claim."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from functions.payment.main import handle
from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.idempotency import Change, Claim
from shared.domain.refs import Ref

if TYPE_CHECKING:
    from shared.gcp.firestore.writes import Write

__all__ = ["handle"]


async def commit(
    self: FirestoreStore, claim: Claim, changes: Sequence[Change], removed: Sequence[Ref] = ()
) -> None:
    """Write the changes without the claim; a payment removes no document."""
    writes: list[Write] = []
    for change in changes:
        self._add_writes(change, writes)
    await self._rpc.commit(writes)


FirestoreStore.commit = commit  # type: ignore[method-assign]  # the bug
