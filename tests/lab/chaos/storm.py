"""The faults: killed processes, a frozen emulator, refused calls, lost answers, a restarted relay."""

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Collection
from random import Random
from typing import TYPE_CHECKING

from tests.lab.stack.fault_plan import Fault, Kind
from tests.lab.stack.processes import signal_group
from tests.lab.stack.stack import Stack

if TYPE_CHECKING:
    from tests.lab.stack.relay import Relay

RPCS = ("Commit", "Commit", "Commit", "BatchGetDocuments", "Publish", "Publish")
FREEZE_S = (0.2, 1.0)
"""Range of the time for which Firestore is stopped."""

LAST_REPLAY_S = 3.0
"""Time after which a running automatic replay is finished."""

WEIGHTS = {"refuse": 40, "lose": 40, "delay": 8, "kill": 5, "freeze": 4, "restart": 2}


class Storm:
    """Inject faults into a running stack, one at a time."""

    def __init__(self, stack: Stack, random: Random, duplicates: float) -> None:
        self._stack = stack
        self._random = random
        self._duplicates = duplicates
        self._relay_task: asyncio.Task[None] | None = None
        self.relay: Relay = stack.relay
        self.met: Counter[str] = Counter()

    async def start(self) -> None:
        """Replace the relay of the stack with one that the storm can restart."""
        await self._stack.stop_relay()
        self.start_relay()

    async def stop(self) -> None:
        """Stop the relay."""
        if self._relay_task is not None:
            self._relay_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([self._relay_task])

    def start_relay(self, relay: "Relay | None" = None) -> None:
        """Start a relay, by default a new one."""
        self.relay = relay or self._stack.build_relay()
        for subscription in self.relay.counts():
            self.relay.duplicate(subscription, ratio=self._duplicates)
        self._relay_task = asyncio.create_task(self.relay.run())

    async def inject_fault(self) -> None:
        """Inject one fault, chosen by weight."""
        fault = self._random.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
        await getattr(self, f"_{fault}")()

    @contextlib.asynccontextmanager
    async def paused_console(self) -> AsyncIterator[None]:
        """Stop the console's process, and with it automatic replays, while the context lasts."""
        console = self._stack.processes["console"].pid
        signal_group(console, signal.SIGSTOP)
        try:
            await asyncio.sleep(LAST_REPLAY_S)
            yield
        finally:
            signal_group(console, signal.SIGCONT)

    def push_to(self, names: Collection[str]) -> None:
        """Push to these processes from now on, by name."""
        self._stack.pushed_to = names
        self.relay.push_to(self._stack.urls())

    @property
    def processes(self) -> Collection[str]:
        """Return the names of all functions' processes."""
        return self._stack.processes

    def end_faults(self) -> None:
        """Remove all fault rules and count the calls that met them."""
        for fault, times in self._stack.faults.met():
            self.met[f"{fault.kind.value} {fault.method}"] += times
        self._stack.faults.clear()

    @property
    def faults(self) -> int:
        """Return the number of faults that calls met."""
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
            await asyncio.sleep(self._random.uniform(*FREEZE_S))
        finally:
            os.kill(firestore, signal.SIGCONT)
        self.met["freeze firestore"] += 1

    async def _restart(self) -> None:
        await self.stop()
        self.start_relay()
        self.met["restart relay"] += 1
