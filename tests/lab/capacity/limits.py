"""What ends before the instances do: the rate of orders at which each documented limit is reached."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.lab.capacity.model import RAMP_START, TARGET_UTILISATION
from tests.lab.capacity.usage import Usage

PUSH_QUOTA = 20e6
"""Bytes a second pushed in a region (cloud.google.com/pubsub/quotas, as quoted elsewhere: check; it can be
raised)."""

WINDOW_KNEE = 3000
"""Pushes under way from which the window grows linearly (cloud.google.com/pubsub/docs/push)."""

KEY_BYTES = 1e6
"""Bytes a second of one ordering key (cloud.google.com/pubsub/docs/ordering)."""

DOCUMENT_WRITES = 1.0
"""Sustained writes a second of one document (firebase.google.com/docs/firestore/best-practices)."""


@dataclass(frozen=True)
class Limit:
    """What ends at which rate; `of` says of what: of all orders, of one customer's, of one sku's."""

    what: str
    orders_a_second: float
    of: str


def limits(
    order: Usage, reservation: Usage, *, order_bytes: float, push_ms: float, cpu_ms: float, max_instances: int
) -> list[Limit]:
    """Return the limits, the lowest first.

    Args:
        order: usage of the creation alone.
        reservation: usage of what the order asks of the stock.
        order_bytes: of one push.
        push_ms: from a push to its answer.
        cpu_ms: processor time of one order.
        max_instances: of the function, as deployed.
    """
    found = [
        Limit("hot stock document, sustained", DOCUMENT_WRITES, "one sku"),
        Limit("ordering key: one push outstanding", 1000 / push_ms, "one customer"),
        Limit("ordering key: 1 MB/s", KEY_BYTES / order_bytes, "one customer"),
        Limit("`max_instances` of `order_create`", _instances(cpu_ms, max_instances), "all"),
        Limit("quota of bytes pushed", PUSH_QUOTA / order_bytes, "all"),
        Limit("push window's linear part", WINDOW_KNEE / (push_ms / 1000), "all"),
        *_cold(order.writes, reservation.writes),
    ]
    return sorted(found, key=lambda limit: limit.orders_a_second)


def _instances(cpu_ms: float, max_instances: int) -> float:
    return max_instances * TARGET_UTILISATION * 1000 / cpu_ms


def _cold(order: Mapping[str, int], reservation: Mapping[str, int]) -> list[Limit]:
    """Return where a cold collection's first 500 writes a second end; the busiest of each step."""
    name, writes = max(order.items(), key=lambda each: each[1])
    stock, counts = max(reservation.items(), key=lambda each: each[1])
    return [
        Limit(f"Firestore cold: `{name}`, {writes} writes an order", RAMP_START / writes, "all"),
        Limit(f"Firestore cold: `{stock}`, {counts} writes an order", RAMP_START / counts, "all"),
    ]
