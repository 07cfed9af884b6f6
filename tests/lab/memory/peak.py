"""The most memory that a function ever holds for a message as large as Pub/Sub takes it."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from tests.lab.bench import generator, orders
from tests.lab.bench.measure import backend, serving
from tests.lab.bench.server import Server, Variant
from tests.lab.stack import topology

MESSAGE_LIMIT = 10_000_000
"""Bytes that Pub/Sub takes, attributes and all (requirements 1.1)."""

ATTRIBUTES = 2_000
"""Bytes left for attributes."""

UNITS = {"Mi": 1 << 20, "Gi": 1 << 30}
FORWARDED = {
    "CloudPubSubDeadLetterSourceSubscription": "order-create-sub",
    "CloudPubSubDeadLetterSourceDeliveryCount": "5",
    "CloudPubSubDeadLetterSourceTopicPublishTime": "2024-01-10T10:00:00.123Z",
}

Order = dict[str, Any]


@dataclass(frozen=True)
class Peak:
    """What one large message did to a fresh instance.

    Attributes:
        before: bytes it holds after a small message.
        highest: the most it ever held.
        after: what it holds when the large message is answered.
        deployed: what the topology gives the function.
    """

    function: str
    before: int
    highest: int
    after: int
    deployed: int


def measure() -> dict[str, Peak]:
    """Create, ship, reject and dead-letter an order of 10 MB, each in a process that has just started."""
    (large,) = orders.take(1, largest_lines())
    wrong = large | {"payment": {"method": "CC", "amount": large["payment"]["amount"] + 0.01}}
    return {
        "created": _peak("order_create", orders.pushes, large),
        "rejected": _peak("order_create", orders.pushes, wrong, rejected=frozenset({422})),
        "shipped": _peak("ship", orders.parcel_pushes, large, created=True),
        "dead-lettered": _peak("dlq", dead_letters, wrong),
    }


def largest_lines() -> int:
    """Return how many lines the largest order has whose message Pub/Sub still takes."""
    lines = orders.lines_for(MESSAGE_LIMIT)
    (order,) = orders.take(1, lines)
    return int(lines * (MESSAGE_LIMIT - ATTRIBUTES) / len(json.dumps(order)))


def dead_letters(given_up: Sequence[Order]) -> list[bytes]:
    """Wrap orders as Pub/Sub does that it has given up."""
    return [*orders.wrap(given_up, "order-create-dlq-sub", FORWARDED)]


def deployed_bytes(function: str) -> int:
    """Return the memory that a function is deployed with."""
    memory = topology.load().functions[function].memory
    return int(memory[:-2]) * UNITS[memory[-2:]]


def _peak(
    function: str,
    wrap: Callable[[list[Order]], list[bytes]],
    large: Order,
    *,
    rejected: frozenset[int] = frozenset(),
    created: bool = False,
) -> Peak:
    """Send a small message, then the large one; where it needs orders, another process creates them first."""
    small = orders.take(1, 1)
    creator = [Variant.function("order_create")] if created else []
    with backend(0.0) as servers, serving([Variant.function(function), *creator], servers) as running:
        if created:
            _send(running["order_create"], orders.pushes([*small, large]))
        server = running[function]
        _send(server, wrap(small))
        before = _held(server)
        _send(server, wrap([large]), rejected)
        return Peak(function, before, highest_bytes(server), _held(server), deployed_bytes(function))


def highest_bytes(server: Server) -> int:
    """Return the most that an instance ever held: its worker (VmHWM), and what others hold besides."""
    status = Path(f"/proc/{server.worker().pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024 + server.unshared_bytes()


def _held(server: Server) -> int:
    return server.resident_bytes() + server.unshared_bytes()


def _send(server: Server, bodies: Sequence[bytes], rejected: frozenset[int] = frozenset()) -> None:
    load = uvloop.run(generator.saturate(server.port, bodies, 1, rejected=rejected))
    expected = {*rejected} or {204}
    if {*load.statuses} != expected:
        raise generator.RequestFailed(f"answered {dict(load.statuses)}")
