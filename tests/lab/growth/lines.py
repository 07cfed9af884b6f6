"""The cost of a message with more lines in its order."""

from collections.abc import Mapping

import uvloop

from tests.lab.bench.backend.control import keep, restore
from tests.lab.bench.measure import CONCURRENCY, backend, serving
from tests.lab.growth.samples import Costs, create_and_ship, measure_interleaved
from tests.lab.growth.stored import VARIANTS

MESSAGES = {1: 300, 10: 300, 100: 100, 1_000: 30, 10_000: 4, 90_000: 1}
"""Messages in a round for each number of lines: at least half a second of processor time."""

SEQUENTIAL_FROM_LINES = 1_000
"""Number of lines from which messages are sent one at a time: together they would measure memory."""


def measure(rounds: int) -> Costs:
    """Return the costs by lines."""
    with backend(0.0) as servers, serving(VARIANTS, servers) as running:
        uvloop.run(keep(servers.firestore, "empty"))

        def cost(lines: int) -> Mapping[str, float]:
            uvloop.run(restore(servers.firestore, "empty"))
            count = MESSAGES[lines]
            concurrency = 1 if lines >= SEQUENTIAL_FROM_LINES else CONCURRENCY
            seconds = create_and_ship(running, count, lines, concurrency)
            return {name: 1000 * each / count for name, each in seconds.items()}

        return measure_interleaved(rounds, MESSAGES, cost)
