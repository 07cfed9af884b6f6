"""The peak memory of a function for a message of Pub/Sub's maximum size."""

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

MAX_MESSAGE_BYTES = 10_000_000
"""Largest message that Pub/Sub accepts, with its attributes (requirements 1.1)."""

ATTRIBUTES_BYTES = 2_000
"""Size reserved for attributes."""

UNITS = {"Mi": 1 << 20, "Gi": 1 << 30}

Order = dict[str, Any]


@dataclass(frozen=True)
class Peak:
    """The memory of a new instance around one large message.

    Attributes:
        before: bytes after a small message.
        highest: the peak.
        after: bytes after the answer to the large message.
        deployed: the memory of the function in the topology.
    """

    function: str
    before: int
    highest: int
    after: int
    deployed: int


def measure() -> dict[str, Peak]:
    """Create, ship, reject and dead-letter an order of 10 MB, each in a new process."""
    (large,) = orders.take(1, largest_lines())
    wrong = large | {"payment": {"method": "CC", "amount": large["payment"]["amount"] + 0.01}}
    return {
        "created": _peak("order_create", orders.pushes, large),
        "rejected": _peak("order_create", orders.pushes, wrong, rejected=frozenset({422})),
        "shipped": _peak("ship", orders.parcel_pushes, large, created=True),
        "dead-lettered": _peak("dlq", dead_letters, wrong),
    }


def largest_lines() -> int:
    """Return the number of lines of the largest order that fits a message of Pub/Sub."""
    lines = orders.lines_for(MAX_MESSAGE_BYTES)
    (order,) = orders.take(1, lines)
    return int(lines * (MAX_MESSAGE_BYTES - ATTRIBUTES_BYTES) / len(json.dumps(order)))


def dead_letters(messages: Sequence[Order]) -> list[bytes]:
    """Return pushes of orders that Pub/Sub has dead-lettered."""
    return [*orders.wrap(messages, "order-create-dlq-sub", orders.FORWARDED)]


def deployed_bytes(function: str) -> int:
    """Return the memory of a function in the topology."""
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
    """Send a small, then the large message; with `created`, another process creates their orders first."""
    small = orders.take(1, 1)
    creator = [Variant.function("order_create")] if created else []
    with backend(0.0) as servers, serving([Variant.function(function), *creator], servers) as running:
        if created:
            _send(running["order_create"], orders.pushes([*small, large]))
        server = running[function]
        _send(server, wrap(small))
        before = _memory_bytes(server)
        _send(server, wrap([large]), rejected)
        return Peak(function, before, highest_bytes(server), _memory_bytes(server), deployed_bytes(function))


def highest_bytes(server: Server) -> int:
    """Return the peak memory of an instance: of its worker (VmHWM), and of its other processes."""
    status = Path(f"/proc/{server.worker().pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024 + server.unshared_bytes()


def _memory_bytes(server: Server) -> int:
    return server.resident_bytes() + server.unshared_bytes()


def _send(server: Server, bodies: Sequence[bytes], rejected: frozenset[int] = frozenset()) -> None:
    load = uvloop.run(generator.saturate(server.port, bodies, 1, rejected=rejected))
    expected = {*rejected} or {204}
    if {*load.statuses} != expected:
        raise generator.RequestFailed(f"answered {dict(load.statuses)}")
