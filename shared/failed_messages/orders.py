"""An order with its timeline: its own history, and the failed messages about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.idempotency import claim_id
from shared.domain.history import sort_history
from shared.domain.order import Order
from shared.domain.order_position import order_position
from shared.domain.refs import order_ref
from shared.failed_messages.errors import NotFound
from shared.failed_messages.model import FailedMessage, MessageFilter
from shared.failed_messages.repository import FailedMessageRepository
from shared.gcp.firestore.query import FirestoreQueries, Op, Selection
from shared.gcp.firestore.values import read_fields
from shared.privacy.customer_keys import CUSTOMER_KEYS, encrypt_customers_with_all_keys
from shared.privacy.encryption import Cipher

MAX_CUSTOMER_ORDERS = 100

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
class CustomerOrder:
    """An order of a customer that was searched."""

    order_id: str
    status: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Look up orders; every method raises StoreUnavailable."""

    store: FirestoreStore
    repository: FailedMessageRepository
    queries: FirestoreQueries
    cipher: Cipher

    async def find(self, order_id: str) -> OrderReview:
        """Read an order and its timeline, with its newest fifty failed messages.

        Raises NotFound.
        """
        ref = order_ref(order_id)
        loaded = await self.store.load(_NO_CLAIM, [ref])
        order = loaded.state.get(ref)
        failed = (await self.repository.page(MessageFilter(order_id=order_id))).items
        if order is None and not failed:
            raise NotFound("No order and no failed message has this id")
        known = _with_position(order) if isinstance(order, Order) else None
        return OrderReview(order_id=order_id, order=known, timeline=_timeline(known, failed))

    async def exists(self, order_id: str) -> bool:
        """Return whether an order is stored, or a failed message mentions it."""
        ref = order_ref(order_id)
        if (await self.store.load(_NO_CLAIM, [ref])).state.get(ref) is not None:
            return True
        return bool((await self.repository.page(MessageFilter(order_id=order_id), limit=1)).items)

    async def list_of_customer(self, customer: str) -> tuple[CustomerOrder, ...]:
        """List orders of a customer, the latest change first."""
        keys = encrypt_customers_with_all_keys("orders", [customer], self.cipher)
        where = ((CUSTOMER_KEYS, Op.CONTAINS_ANY, keys),)
        selection = Selection(collection="orders", where=where, fields=("orderId", "status", "updatedAt"))
        documents, _ = await self.queries.page(selection, MAX_CUSTOMER_ORDERS)
        orders = (_customer_order(read_fields(each.fields)) for each in documents)
        return tuple(sorted(orders, key=lambda each: each.updated_at, reverse=True))


def _customer_order(fields: dict[str, Any]) -> CustomerOrder:
    return CustomerOrder(order_id=fields["orderId"], status=fields["status"], updated_at=fields["updatedAt"])


def _with_position(order: Order) -> Order:
    """Derive the payment position of an order that an earlier release stored without one."""
    return order if order.position else replace(order, position=order_position(order))


def _timeline(order: Order | None, failed: tuple[FailedMessage, ...]) -> tuple[TimelineEntry, ...]:
    history = [
        TimelineEntry(at=each.at, event=each.event, ref=each.ref)
        for each in (sort_history(order.history) if order else ())
    ]
    failures = [
        TimelineEntry(
            at=each.publish_time, event="message.failed", ref=each.failure_reason.slug, message=each
        )
        for each in failed
    ]
    return tuple(sorted([*history, *failures], key=lambda entry: entry.at))
