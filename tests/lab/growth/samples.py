"""Measured costs by function, size and round."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean

import uvloop

from tests.lab.bench import generator, orders
from tests.lab.bench.server import Server

Costs = Mapping[str, Mapping[int, Sequence[float]]]
"""Milliseconds of processor time per message, by function, size and round."""


class CostRecorder:
    """Collect costs; a size that is measured several times in a round counts with its mean."""

    def __init__(self) -> None:
        self._costs: defaultdict[str, defaultdict[int, list[list[float]]]] = defaultdict(
            lambda: defaultdict(list)
        )

    def record(self, number: int, size: int, costs: Mapping[str, float]) -> None:
        """Add the cost of a message for each function in a round; rounds are numbered from 0."""
        for function, cost in costs.items():
            rounds = self._costs[function][size]
            rounds += [[] for _ in range(number + 1 - len(rounds))]
            rounds[number].append(cost)

    def costs(self) -> Costs:
        """Return the costs without those of the first round, the warm-up."""
        return {
            function: {size: [round(fmean(each), 4) for each in rounds[1:]] for size, rounds in sizes.items()}
            for function, sizes in self._costs.items()
        }


def measure_interleaved(
    rounds: int, sizes: Iterable[int], cost: Callable[[int], Mapping[str, float]], passes: int = 1
) -> Costs:
    """Measure every size in every pass of every round, in alternating order, because machines drift."""
    recorder = CostRecorder()
    for number in range(rounds + 1):
        for each in range(passes):
            for size in sorted(sizes, reverse=not (number + each) % 2):
                recorder.record(number, size, cost(size))
    return {name: dict(sorted(each.items())) for name, each in recorder.costs().items()}


def create_and_ship(
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
