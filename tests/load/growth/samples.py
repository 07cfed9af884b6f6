"""Costs as they are gathered: by function and size, one of each round."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import uvloop

from tests.load.bench import generator, orders
from tests.load.bench.server import Server

Costs = Mapping[str, Mapping[int, Sequence[float]]]
"""Milliseconds of processor time per message, by function, size and round."""


class Gathered:
    """Gather costs; what is noted in the first round, which only warms up, is dropped."""

    def __init__(self) -> None:
        self._costs: defaultdict[str, defaultdict[int, list[float]]] = defaultdict(lambda: defaultdict(list))

    def note(self, size: int, costs: Mapping[str, float]) -> None:
        """Note what a message cost each function."""
        for function, cost in costs.items():
            self._costs[function][size].append(cost)

    def costs(self) -> Costs:
        """Return what was gathered after the first round."""
        return {
            function: {size: each[1:] for size, each in sorted(sizes.items())}
            for function, sizes in self._costs.items()
        }


def interleaved(rounds: int, sizes: Sequence[int], cost: Callable[[int], Mapping[str, float]]) -> Costs:
    """Measure every size in every round, up and down in turn, so that no drift of the machine is growth."""
    gathered = Gathered()
    for number in range(rounds + 1):
        for size in sizes if number % 2 else reversed(sizes):
            gathered.note(size, cost(size))
    return gathered.costs()


def created_and_shipped(
    running: Mapping[str, Server], count: int, lines: int, concurrency: int
) -> dict[str, float]:
    """Create orders and ship each in one parcel; return the processor seconds of each function."""
    new = orders.take(count, lines)
    return {
        "order_create": _seconds(running["order_create"], orders.pushes(new), concurrency),
        "ship": _seconds(running["ship"], orders.parcel_pushes(new), concurrency),
    }


def _seconds(server: Server, bodies: Iterable[bytes], concurrency: int) -> float:
    before = server.cpu_seconds()
    uvloop.run(generator.saturate(server.port, [*bodies], concurrency))
    return server.cpu_seconds() - before
