"""The documented limits, as the rate of orders that reaches each of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.lab.capacity.model import RAMP_START, TARGET_UTILISATION
from tests.lab.capacity.usage import Usage

PUSH_QUOTA_BYTES = 20e6
"""Pushed bytes a second in a region (cloud.google.com/pubsub/quotas, from a secondary source: check it;
Google can raise it)."""

LINEAR_WINDOW = 3000
"""Outstanding pushes above which the window grows linearly (cloud.google.com/pubsub/docs/push)."""

ORDERING_KEY_BYTES = 1e6
"""Bytes a second of one ordering key (cloud.google.com/pubsub/docs/ordering)."""

DOCUMENT_WRITES = 1.0
"""Sustained writes a second of one document (firebase.google.com/docs/firestore/best-practices)."""


@dataclass(frozen=True)
class Limit:
    """A limit and its rate; `scope` is what the rate counts: all orders, or those of one customer or sku."""

    what: str
    orders_a_second: float
    scope: str


def limits(
    order: Usage, reservation: Usage, *, order_bytes: float, push_ms: float, cpu_ms: float, max_instances: int
) -> list[Limit]:
    """Return the limits, lowest first.

    Args:
        order: usage of the creation alone.
        reservation: usage of the order's reservation.
        order_bytes: size of one push.
        push_ms: time from a push to its answer.
        cpu_ms: processor time of one order.
        max_instances: of the function, as deployed.
    """
    found = [
        Limit("hot stock document, sustained", DOCUMENT_WRITES, "one sku"),
        Limit("ordering key: one push outstanding", 1000 / push_ms, "one customer"),
        Limit("ordering key: 1 MB/s", ORDERING_KEY_BYTES / order_bytes, "one customer"),
        Limit("`max_instances` of `order_create`", _max_rate(cpu_ms, max_instances), "all"),
        Limit("quota of bytes pushed", PUSH_QUOTA_BYTES / order_bytes, "all"),
        Limit("push window's linear part", LINEAR_WINDOW / (push_ms / 1000), "all"),
        *_cold_collections(order.writes, reservation.writes),
    ]
    return sorted(found, key=lambda limit: limit.orders_a_second)


def _max_rate(cpu_ms: float, max_instances: int) -> float:
    return max_instances * TARGET_UTILISATION * 1000 / cpu_ms


def _cold_collections(order: Mapping[str, int], reservation: Mapping[str, int]) -> list[Limit]:
    """Return the rates at which the busiest collections reach 500 writes a second while cold."""
    name, writes = max(order.items(), key=lambda each: each[1])
    stock, counts = max(reservation.items(), key=lambda each: each[1])
    return [
        Limit(f"Firestore cold: `{name}`, {writes} writes an order", RAMP_START / writes, "all"),
        Limit(f"Firestore cold: `{stock}`, {counts} writes an order", RAMP_START / counts, "all"),
    ]
