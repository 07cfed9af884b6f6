"""Events as a test writes them, and the ways in which they may arrive."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.lab.contracts.files import PUBLISHED

Payloads = list[bytes]
Arrangement = Callable[[Sequence[bytes]], Payloads]

ARRIVALS: dict[str, Arrangement] = {
    "once, in order": list,
    "last first": lambda sent: [*reversed(sent)],
    "each three times": lambda sent: [*sent, *reversed(sent), *sent],
}

arriving = pytest.mark.parametrize("arrive", [pytest.param(each, id=name) for name, each in ARRIVALS.items()])
"""Pub/Sub delivers an event at least once, and in any order."""


def event(kind: str, name: str, **fields: Any) -> bytes:
    """Return an event's payload; each field must be one of its published schema."""
    schema = json.loads((PUBLISHED / "outgoing" / f"{kind}.json").read_text())
    unknown = fields.keys() - schema["properties"].keys()
    assert not unknown, f"{kind} has no {unknown}"
    return json.dumps({"eventId": f"{kind}:{name}", "eventType": kind, **fields}).encode()


def created(order: str, at: str, *, lines: int = 1, location: str = "LOC-1") -> bytes:
    """Return the creation of an order, which is its first version."""
    return event(
        "order.created",
        order,
        orderId=order,
        orderVersion=1,
        occurredAt=at,
        orderedAt=at,
        status="CREATED",
        lineCount=lines,
        shipFromLocationId=location,
    )


def moved(kind: str, order: str, version: int, **fields: Any) -> bytes:
    """Return a later event of an order."""
    at = f"2026-03-01T{version:02}:00:00Z"
    return event(kind, f"{order}:{version}", orderId=order, orderVersion=version, occurredAt=at, **fields)


def units(line: int, sku: str, quantity: int) -> dict[str, Any]:
    """Return an item of an event."""
    return {"lineNumber": line, "sku": sku, "quantity": quantity}
