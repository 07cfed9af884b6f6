"""The delay of a message, compared with that of the floor under the same load at the same rate."""

import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

import uvloop

from tests.lab.bench import generator, orders
from tests.lab.bench.functions import Pair
from tests.lab.bench.measure import measure_paced, percentiles
from tests.lab.bench.ratios import Ratio
from tests.lab.bench.server import Server

PACED_S = 10
BURST = 200
"""Requests at once after idleness."""

Percentiles = tuple[float, float, float]


def paced(pair: Pair, rate: float, lines: int, rounds: int) -> dict[str, Any]:
    """Send new orders at a rate to both in turn; return the medians of the rounds and the ratio of p99."""
    samples: dict[str, list[Percentiles]] = {}
    for number in range(rounds):
        bodies = orders.pushes(orders.take(round(PACED_S * rate), lines))
        for server in _in_turn(pair, number):
            pair.prepare(server)
            samples.setdefault(server.variant.name, []).append(measure_paced(server, bodies, rate))
    return {"rate": rate, **_compared(pair, samples)}


def burst(pair: Pair, lines: int, idle_seconds: float, rounds: int) -> dict[str, Any]:
    """Let both be idle, then send each many orders at once; the last answers show the queue."""
    samples: dict[str, list[Percentiles]] = {}
    for number in range(rounds):
        bodies = orders.pushes(orders.take(BURST, lines))
        pair.prepare(pair.function)
        time.sleep(idle_seconds)
        for server in _in_turn(pair, number):
            load = uvloop.run(generator.saturate(server.port, bodies, BURST))
            samples.setdefault(server.variant.name, []).append(percentiles(load.latencies))
    return {"requests": BURST, "idle_seconds": idle_seconds, **_compared(pair, samples)}


def _in_turn(pair: Pair, number: int) -> Sequence[Server]:
    both = (pair.function, pair.floor)
    return both if number % 2 else both[::-1]


def _compared(pair: Pair, samples: Mapping[str, Sequence[Percentiles]]) -> dict[str, Any]:
    ours, floor = samples[pair.function.variant.name], samples[pair.floor.variant.name]
    p99_vs_bare = Ratio.of([p99 for *_, p99 in ours], [p99 for *_, p99 in floor])
    return {**_medians(ours), "floor": _medians(floor), "p99_vs_bare": p99_vs_bare}


def _medians(samples: Sequence[Percentiles]) -> dict[str, float]:
    p50, p95, p99 = (round(statistics.median(each), 2) for each in zip(*samples, strict=True))
    return {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99}
