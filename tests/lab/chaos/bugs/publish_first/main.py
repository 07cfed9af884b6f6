"""Order creation that publishes its events before the commit."""

from collections.abc import Sequence
from typing import Any

from functions.order_create.main import handle
from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.idempotency import Change, Claim
from shared.domain.refs import Ref
from shared.gcp.pubsub import PubsubPublisher

__all__ = ["handle"]

_publishers: list[PubsubPublisher] = []
_init, _commit = PubsubPublisher.__init__, FirestoreStore.commit


def init(self: PubsubPublisher, *arguments: Any) -> None:
    """Construct the publisher and keep it for `commit`."""
    _init(self, *arguments)
    _publishers.append(self)


async def commit(
    self: FirestoreStore, claim: Claim, changes: Sequence[Change], removed: Sequence[Ref] = ()
) -> None:
    """Publish, then commit."""
    await _publishers[-1].publish(claim.outbox)
    await _commit(self, claim, changes, removed)


PubsubPublisher.__init__ = init  # type: ignore[method-assign,assignment]  # the bug
FirestoreStore.commit = commit  # type: ignore[method-assign]  # the bug
