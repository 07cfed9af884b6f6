"""An order with its timeline: its own history, and the failed messages about it."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.idempotency import claim_id
from shared.domain.history import sort_timeline
from shared.domain.order import Order
from shared.domain.order_position import order_position
from shared.domain.refs import order_ref
from shared.failed_messages.errors import NotFound
from shared.failed_messages.model import FailedMessage, MessageFilter
from shared.failed_messages.repository import FailedMessageRepository

_NO_CLAIM = claim_id("review", "")
"""The store always reads a claim; this one does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One event of an order, or one failed message."""

    at: datetime
    event: str
    ref: str
    message: FailedMessage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReview:
    """An order and its timeline, oldest first; `order` is None where only failed messages mention it."""

    order_id: str
    order: Order | None
    timeline: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Look up orders."""

    store: FirestoreStore
    repository: FailedMessageRepository

    async def find(self, order_id: str) -> OrderReview:
        """Read an order and its timeline, with its newest fifty failed messages.

        Raises NotFound, StoreUnavailable.
        """
        ref = order_ref(order_id)
        loaded = await self.store.load(_NO_CLAIM, [ref])
        order = loaded.state.get(ref)
        failed = (await self.repository.page(MessageFilter(order_id=order_id))).items
        if order is None and not failed:
            raise NotFound("No order and no failed message has this id")
        known = _with_position(order) if isinstance(order, Order) else None
        return OrderReview(order_id=order_id, order=known, timeline=_timeline(known, failed))


def _with_position(order: Order) -> Order:
    """Derive the payment position of an order of an earlier version, which has none stored."""
    return order if order.position else replace(order, position=order_position(order))


def _timeline(order: Order | None, failed: tuple[FailedMessage, ...]) -> tuple[TimelineEntry, ...]:
    history = [
        TimelineEntry(at=each.at, event=each.event, ref=each.ref)
        for each in (sort_timeline(order.history) if order else ())
    ]
    failures = [
        TimelineEntry(
            at=each.publish_time, event="message.failed", ref=each.failure_reason.slug, message=each
        )
        for each in failed
    ]
    return tuple(sorted([*history, *failures], key=lambda entry: entry.at))
