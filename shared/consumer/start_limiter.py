"""Start few deliveries in one turn of the event loop, so that the first do not wait for the last.

Requests that arrive together are ready in the same turn of the event loop. Each computes for a while before
its first call, and a call leaves in a later turn:

    all at once         compute 1 to 80, then the calls of 1 to 80: the first waits while eighty compute
    sixteen a turn      compute 1 to 16, the calls of 1 to 16, compute 17 to 32, ...

A single delivery never waits. Deliveries that start in the same turn still share their calls.
"""

import asyncio

from shared.consumer.ports import Process
from shared.contracts.envelope import Envelope
from shared.errors import Outcome

MAX_STARTS_PER_TURN = 16
"""With fewer, each delivery waits less, and fewer of them share a call."""


class StartLimiter:
    """Limit the starts in each turn of the event loop; waiting deliveries start in order of arrival."""

    def __init__(self, max_starts: int = MAX_STARTS_PER_TURN) -> None:
        """Allow this many starts in a turn."""
        self._max_starts = max_starts
        self._started = 0

    async def start(self) -> None:
        """Return in the first turn that has a start left."""
        while self._started >= self._max_starts:  # noqa: ASYNC110 - it waits for the loop's next turn
            await asyncio.sleep(0)
        if not self._started:
            asyncio.get_running_loop().call_soon(self._begin_turn)
        self._started += 1

    def _begin_turn(self) -> None:
        self._started = 0


def limit_starts(process: Process) -> Process:
    """Limit how many deliveries start in one turn of the event loop."""
    limiter = StartLimiter()

    async def process_in_turn(envelope: Envelope) -> Outcome:
        await limiter.start()
        return await process(envelope)

    return process_in_turn
