"""Resident memory while messages go on and on: new ones, duplicates and rejected ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import uvloop

from tests.lab.bench import generator, orders
from tests.lab.bench.backend.control import keep, restore
from tests.lab.bench.measure import CONCURRENCY, backend, serving
from tests.lab.bench.server import Server, Variant
from tests.lab.memory.trend import Trend, trend

NEW, DUPLICATES, REJECTED = 200, 25, 25
CHUNK = NEW + DUPLICATES + REJECTED
"""Messages of each function between two samples."""

VARIANTS = (Variant.function("order_create"), Variant.function("ship"))


@dataclass(frozen=True)
class Sample:
    """One function after so many messages: resident bytes, and processor time per message since the last."""

    messages: int
    resident: int
    cpu_ms: float


class UnexpectedAnswers(RuntimeError):
    """Other messages were rejected than those meant to be."""


def measure(messages: int, lines: int) -> dict[str, list[Sample]]:
    """Send each function so many messages, orders of so many lines and their parcels."""
    chance = Random(20261123)  # noqa: S311 - the same order every time
    samples: dict[str, list[Sample]] = {each.name: [] for each in VARIANTS}
    with backend(0.0) as servers, serving(VARIANTS, servers) as running:
        uvloop.run(keep(servers.firestore, "empty"))
        for sent in range(CHUNK, messages + 1, CHUNK):
            uvloop.run(restore(servers.firestore, "empty"))
            for name, bodies in chunk(lines, chance).items():
                samples[name].append(_sent(running[name], bodies, sent))
    return samples


def chunk(lines: int, chance: Random) -> dict[str, list[bytes]]:
    """Return deliveries for each function: of ten, eight are new, one is a duplicate, one breaks a rule."""
    new = orders.take(NEW, lines)
    costly = [_with_a_wrong_total(each) for each in orders.take(REJECTED, lines)]
    greedy = [_with_more_than_ordered(orders.parcel(each)) for each in chance.sample(new, REJECTED)]
    return {
        "order_create": _repeated(orders.pushes(new), orders.pushes(costly), chance),
        "ship": _repeated(orders.parcel_pushes(new), orders.pushes_of_parcels(greedy), chance),
    }


def second_half(samples: Sequence[Sample]) -> Trend:
    """Return the trend of resident memory once the process has warmed up."""
    late = samples[len(samples) // 2 :]
    return trend([each.messages for each in late], [each.resident for each in late])


def _repeated(new: Sequence[bytes], rejected: Sequence[bytes], chance: Random) -> list[bytes]:
    """Shuffle deliveries, some of the new ones among them twice."""
    deliveries = [*new, *chance.sample(new, DUPLICATES), *rejected]
    chance.shuffle(deliveries)
    return deliveries


def _with_a_wrong_total(order: dict[str, Any]) -> dict[str, Any]:
    return order | {"totals": order["totals"] | {"total": order["totals"]["total"] + 0.01}}


def _with_more_than_ordered(parcel: dict[str, Any]) -> dict[str, Any]:
    items = [item | {"shippedQty": item["shippedQty"] + 1} for item in parcel["items"]]
    return parcel | {"shipmentId": f"{parcel['shipmentId']}-MORE", "items": items}


def _sent(server: Server, bodies: Sequence[bytes], messages: int) -> Sample:
    before = server.cpu_seconds()
    load = uvloop.run(generator.saturate(server.port, bodies, CONCURRENCY, rejected=frozenset({422})))
    cpu = server.cpu_seconds() - before
    if load.statuses[422] != REJECTED:
        raise UnexpectedAnswers(f"{server.variant.name}: {dict(load.statuses)}")
    return Sample(messages, server.resident_bytes(), round(1000 * cpu / len(bodies), 3))
