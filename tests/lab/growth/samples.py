"""Costs as they are gathered: by function and size, one of each round."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean

import uvloop

from tests.lab.bench import generator, orders
from tests.lab.bench.server import Server

Costs = Mapping[str, Mapping[int, Sequence[float]]]
"""Milliseconds of processor time per message, by function, size and round."""


class Gathered:
    """Gather costs: within a round a size is met several times, and its mean counts."""

    def __init__(self) -> None:
        self._costs: defaultdict[str, defaultdict[int, list[list[float]]]] = defaultdict(
            lambda: defaultdict(list)
        )

    def note(self, number: int, size: int, costs: Mapping[str, float]) -> None:
        """Note what a message cost each function in a round; rounds are numbered from 0."""
        for function, cost in costs.items():
            rounds = self._costs[function][size]
            rounds += [[] for _ in range(number + 1 - len(rounds))]
            rounds[number].append(cost)

    def costs(self) -> Costs:
        """Return what was gathered after the first round, which only warms up."""
        return {
            function: {size: [round(fmean(each), 4) for each in rounds[1:]] for size, rounds in sizes.items()}
            for function, sizes in self._costs.items()
        }


def interleaved(
    rounds: int, sizes: Iterable[int], cost: Callable[[int], Mapping[str, float]], passes: int = 1
) -> Costs:
    """Measure every size in every pass of every round, up and down in turn: machines drift within seconds."""
    gathered = Gathered()
    for number in range(rounds + 1):
        for each in range(passes):
            for size in sorted(sizes, reverse=not (number + each) % 2):
                gathered.note(number, size, cost(size))
    return {name: dict(sorted(each.items())) for name, each in gathered.costs().items()}


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
