"""An order with the timeline of every message that touched it."""

from dataclasses import dataclass
from datetime import datetime

from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.idempotency import claim_id
from shared.domain.history import sort_timeline
from shared.domain.order import Order
from shared.domain.refs import order_ref
from shared.failed_messages.errors import NotFound
from shared.failed_messages.model import Case
from shared.failed_messages.repository import CaseFilter, Cases

_NO_CLAIM = claim_id("review", "")
"""The store reads a claim with every state; this one does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One entry of a timeline: what happened, or a message that failed (`case`)."""

    at: datetime
    event: str
    ref: str
    case: Case | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReview:
    """An order, None where only failed messages speak of it, and what happened, oldest first."""

    order_id: str
    order: Order | None
    timeline: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Look up orders."""

    store: FirestoreStore
    cases: Cases

    async def find(self, order_id: str) -> OrderReview:
        """Read an order and its timeline. Raises NotFound, StoreUnavailable.

        Of its failed messages the newest fifty are told.
        """
        ref = order_ref(order_id)
        loaded = await self.store.load(_NO_CLAIM, [ref])
        order = loaded.state.get(ref)
        failed = (await self.cases.page(CaseFilter(order_id=order_id))).items
        if order is None and not failed:
            raise NotFound("orderId: neither an order nor a failed message has it")
        known = order if isinstance(order, Order) else None
        return OrderReview(order_id=order_id, order=known, timeline=_timeline(known, failed))


def _timeline(order: Order | None, failed: tuple[Case, ...]) -> tuple[TimelineEntry, ...]:
    happened = [
        TimelineEntry(at=each.at, event=each.event, ref=each.ref)
        for each in (sort_timeline(order.history) if order else ())
    ]
    failures = [
        TimelineEntry(at=each.publish_time, event="message.failed", ref=each.failure_reason.slug, case=each)
        for each in failed
    ]
    return tuple(sorted([*happened, *failures], key=lambda entry: entry.at))
