"""The cost of a message as its order has more lines."""

from collections.abc import Mapping

import uvloop

from tests.lab.bench.backend.control import keep, restore
from tests.lab.bench.measure import CONCURRENCY, backend, serving
from tests.lab.growth.samples import Costs, created_and_shipped, interleaved
from tests.lab.growth.stored import VARIANTS

MESSAGES = {1: 300, 10: 300, 100: 100, 1_000: 30, 10_000: 4, 90_000: 1}
"""Of each number of lines in a round: about half a second of processor time or more."""

ALONE = 1_000
"""Lines from which messages come one at a time: together they would measure memory."""


def measure(rounds: int) -> Costs:
    """Return the costs by lines."""
    with backend(0.0) as servers, serving(VARIANTS, servers) as running:
        uvloop.run(keep(servers.firestore, "empty"))

        def cost(lines: int) -> Mapping[str, float]:
            uvloop.run(restore(servers.firestore, "empty"))
            count = MESSAGES[lines]
            concurrency = 1 if lines >= ALONE else CONCURRENCY
            seconds = created_and_shipped(running, count, lines, concurrency)
            return {name: 1000 * each / count for name, each in seconds.items()}

        return interleaved(rounds, MESSAGES, cost)
