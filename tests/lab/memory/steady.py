"""Resident memory during a long run of new, duplicate and rejected messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import uvloop

from tests.lab.bench import generator, orders
from tests.lab.bench.backend.control import keep, restore
from tests.lab.bench.measure import CONCURRENCY, backend, serving
from tests.lab.bench.server import Server, Variant
from tests.lab.memory.trend import Trend, fit_trend

NEW, DUPLICATES, REJECTED = 200, 25, 25
CHUNK = NEW + DUPLICATES + REJECTED
"""Messages for each function between two samples."""

VARIANTS = (Variant.function("order_create"), Variant.function("ship"))


@dataclass(frozen=True)
class Sample:
    """One function after a number of messages: resident bytes, and processor time of the last messages."""

    messages: int
    resident: int
    cpu_ms: float


class UnexpectedRejections(RuntimeError):
    """The function rejected other messages than the invalid ones."""


def measure(messages: int, lines: int) -> dict[str, list[Sample]]:
    """Send each function a number of messages: orders with this number of lines, and their parcels."""
    chance = Random(20261123)  # noqa: S311 - the same sequence every time
    samples: dict[str, list[Sample]] = {each.name: [] for each in VARIANTS}
    with backend(0.0) as servers, serving(VARIANTS, servers) as running:
        uvloop.run(keep(servers.firestore, "empty"))
        for sent in range(CHUNK, messages + 1, CHUNK):
            uvloop.run(restore(servers.firestore, "empty"))
            for name, bodies in chunk(lines, chance).items():
                samples[name].append(_send(running[name], bodies, sent))
    return samples


def chunk(lines: int, chance: Random) -> dict[str, list[bytes]]:
    """Return deliveries for each function: of ten, eight are new, one is a duplicate, one breaks a rule."""
    new = orders.take(NEW, lines)
    wrong_totals = [_with_a_wrong_total(each) for each in orders.take(REJECTED, lines)]
    too_many_units = [_with_more_than_ordered(orders.parcel(each)) for each in chance.sample(new, REJECTED)]
    return {
        "order_create": _shuffle_with_duplicates(orders.pushes(new), orders.pushes(wrong_totals), chance),
        "ship": _shuffle_with_duplicates(
            orders.parcel_pushes(new), orders.pushes_of_parcels(too_many_units), chance
        ),
    }


def second_half(samples: Sequence[Sample]) -> Trend:
    """Return the trend of resident memory after the warm-up."""
    late = samples[len(samples) // 2 :]
    return fit_trend([each.messages for each in late], [each.resident for each in late])


def _shuffle_with_duplicates(new: Sequence[bytes], rejected: Sequence[bytes], chance: Random) -> list[bytes]:
    """Shuffle deliveries, with some of the new ones twice."""
    deliveries = [*new, *chance.sample(new, DUPLICATES), *rejected]
    chance.shuffle(deliveries)
    return deliveries


def _with_a_wrong_total(order: dict[str, Any]) -> dict[str, Any]:
    return order | {"totals": order["totals"] | {"total": order["totals"]["total"] + 0.01}}


def _with_more_than_ordered(parcel: dict[str, Any]) -> dict[str, Any]:
    items = [item | {"shippedQty": item["shippedQty"] + 1} for item in parcel["items"]]
    return parcel | {"shipmentId": f"{parcel['shipmentId']}-MORE", "items": items}


def _send(server: Server, bodies: Sequence[bytes], messages: int) -> Sample:
    before = server.cpu_seconds()
    load = uvloop.run(generator.saturate(server.port, bodies, CONCURRENCY, rejected=frozenset({422})))
    cpu = server.cpu_seconds() - before
    if load.statuses[422] != REJECTED:
        raise UnexpectedRejections(f"{server.variant.name}: {dict(load.statuses)}")
    return Sample(messages, server.resident_bytes(), round(1000 * cpu / len(bodies), 3))
