"""The faults: processes killed, an emulator frozen, calls refused, answers lost, the relay started anew."""

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from typing import TYPE_CHECKING

from tests.lab.stack.fault_plan import Fault, Kind
from tests.lab.stack.processes import signal_group
from tests.lab.stack.stack import Stack

if TYPE_CHECKING:
    from tests.lab.stack.relay import Relay

RPCS = ("Commit", "Commit", "Commit", "BatchGetDocuments", "Publish", "Publish")
FREEZE = (0.2, 1.0)
"""Seconds that Firestore stands still."""

LAST_RETRY = 3.0
"""Seconds after which a retry that is under way has come to its end."""

WEIGHTS = {"refuse": 40, "lose": 40, "delay": 8, "kill": 5, "freeze": 4, "restart": 2}


class Storm:
    """Bring faults upon a running stack, one after the other."""

    def __init__(self, stack: Stack, random: Random, duplicates: float) -> None:
        self._stack = stack
        self._random = random
        self._duplicates = duplicates
        self._relaying: asyncio.Task[None] | None = None
        self.relay: Relay = stack.relay
        self.met: Counter[str] = Counter()

    async def start(self) -> None:
        """Take the relay over from the stack, so that it can be started anew."""
        self._stack._relaying.cancel()
        await asyncio.wait([self._stack._relaying])
        self._relay()

    async def stop(self) -> None:
        """End the relay."""
        await self._stop_relay()

    async def strike(self) -> None:
        """Bring one fault."""
        fault = self._random.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
        await getattr(self, f"_{fault}")()

    @contextlib.asynccontextmanager
    async def stillness(self) -> AsyncIterator[None]:
        """Hold the console, which retries failed messages by itself, while the evidence is gathered."""
        console = self._stack.processes["console"].pid
        signal_group(console, signal.SIGSTOP)
        try:
            await asyncio.sleep(LAST_RETRY)
            yield
        finally:
            signal_group(console, signal.SIGCONT)

    def calm(self) -> None:
        """Let every call pass from now on; count the calls that did not."""
        for fault, times in self._stack.faults.met():
            self.met[f"{fault.kind.value} {fault.method}"] += times
        self._stack.faults.clear()

    @property
    def faults(self) -> int:
        """Count the faults that were met, rather than prepared."""
        return sum(self.met.values())

    async def _refuse(self) -> None:
        self._fail(Kind.BEFORE)

    async def _lose(self) -> None:
        self._fail(Kind.AFTER)

    async def _delay(self) -> None:
        self._fail(Kind.DELAY, seconds=self._random.uniform(0.1, 1.0))

    def _fail(self, kind: Kind, seconds: float = 0.0) -> None:
        method, times = self._random.choice(RPCS), self._random.randint(1, 3)
        self._stack.faults.add(Fault(method=method, kind=kind, times=times, seconds=seconds))

    async def _kill(self) -> None:
        name = self._random.choice([each for each in self._stack.processes if each != "console"])
        signal_group(self._stack.processes[name].pid, signal.SIGKILL)
        self.met[f"kill {name}"] += 1

    async def _freeze(self) -> None:
        firestore = self._stack.emulators.started[-1].pid
        os.kill(firestore, signal.SIGSTOP)
        try:
            await asyncio.sleep(self._random.uniform(*FREEZE))
        finally:
            os.kill(firestore, signal.SIGCONT)
        self.met["freeze firestore"] += 1

    async def _restart(self) -> None:
        await self._stop_relay()
        self._relay()
        self.met["restart relay"] += 1

    def _relay(self) -> None:
        self.relay = self._stack._relay()
        for subscription in self.relay.counts():
            self.relay.duplicate(subscription, ratio=self._duplicates)
        self._relaying = asyncio.create_task(self.relay.run())

    async def _stop_relay(self) -> None:
        if self._relaying is not None:
            self._relaying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([self._relaying])
