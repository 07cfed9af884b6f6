"""Deliveries that come at once begin a few at a time, so that the first do not wait for the last.

Requests that arrive together are ready in the same turn of the event loop. Each computes for a while before
its first call, and calls leave in later turns only:

    all at once       compute 1 to 80, then the calls of 1 to 80: the first waits while eighty compute
    a few at a time   compute 1 to 16, the calls of 1 to 16, compute 17 to 32, ...

Who is alone never waits. Those that begin together still share their calls.
"""

import asyncio

from shared.consumer.ports import Process
from shared.contracts.envelope import Envelope
from shared.errors import Outcome

MAX_STARTS_PER_TURN = 16
"""Deliveries that begin in one turn: with fewer each waits shorter, and fewer share a call."""


class StartLimiter:
    """Let so many pass in each turn of the event loop, in the order in which they came."""

    def __init__(self, at_once: int = MAX_STARTS_PER_TURN) -> None:
        """Begin with a turn in which nobody has passed."""
        self._at_once = at_once
        self._passed = 0

    async def enter(self) -> None:
        """Return in the first turn that has room."""
        while self._passed >= self._at_once:  # noqa: ASYNC110 - it is the loop's next turn that it waits for
            await asyncio.sleep(0)
        if not self._passed:
            asyncio.get_running_loop().call_soon(self._next_turn)
        self._passed += 1

    def _next_turn(self) -> None:
        self._passed = 0


def limit_starts(process: Process) -> Process:
    """Make a process whose deliveries begin a few in each turn of the event loop."""
    limiter = StartLimiter()

    async def process_in_turn(envelope: Envelope) -> Outcome:
        await limiter.enter()
        return await process(envelope)

    return process_in_turn
