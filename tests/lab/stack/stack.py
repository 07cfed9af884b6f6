"""The whole local stack in one place: emulators, fault proxies, functions, relay and control."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping
from typing import Any, Self

import grpc

from tests.lab.stack import functions, schedule, topology
from tests.lab.stack.control import controlling
from tests.lab.stack.emulators import HEAP, Emulators, running
from tests.lab.stack.errors import StackError
from tests.lab.stack.fault_plan import FaultPlan
from tests.lab.stack.faults import FaultProxy
from tests.lab.stack.function_process import FunctionProcess
from tests.lab.stack.keyset import ensure_keyset
from tests.lab.stack.metrics import Metrics
from tests.lab.stack.output import Sink
from tests.lab.stack.polling import until
from tests.lab.stack.relay import Relay

PROJECT = "order-events-local"


class Stack:
    """Run everything while the context lasts; what has been started is stopped on leaving, in reverse order.

    Args:
        sink: takes what the functions print.
        project: the project id that topics, subscriptions and documents belong to.
        time_scale: multiplies the backoff between deliveries; 1.0 is real time.
        only: names of the functions to run; every one that exists when empty.
        environ: may point to emulators that already run.
        heap: MiB for each emulator that is started.

    Attributes:
        emulators: where Pub/Sub and Firestore answer clients.
        processes: the functions, by name.
        faults: rules for the calls from the functions to the emulators.
        relay: what pushes messages to the functions.
        metrics: what the functions export.
        environment: what a client of this stack needs to know, as environment variables.

    Entering raises StackError, with the reason, when a part cannot start.
    """

    emulators: Emulators
    processes: Mapping[str, FunctionProcess]
    relay: Relay
    metrics: Metrics
    environment: dict[str, str]

    def __init__(
        self,
        sink: Sink,
        *,
        project: str = PROJECT,
        time_scale: float = 1.0,
        only: Collection[str] = (),
        environ: Mapping[str, str] = os.environ,
        heap: int = HEAP,
    ) -> None:
        self.faults = FaultPlan()
        self.project = project
        self.topology = topology.load()
        self._sink = sink
        self._only = only
        self._time_scale = time_scale
        self._sources = functions.sources(self.topology, only)
        self._environ = environ
        self._heap = heap
        if unknown := set(only) - set(self._sources):
            raise StackError(f"no such function here: {', '.join(sorted(unknown))}")

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as parts:
            await self._start(parts)
            self._parts = parts.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._parts.aclose()

    async def failure(self) -> StackError:
        """Return, if ever, with the reason why the relay or an emulator has ended by itself."""
        await until(lambda: self._relaying.done() or self.emulators.dead() is not None, timeout=None)
        if words := self.emulators.dead():
            return StackError(f"an emulator has ended: {words}")
        return StackError(f"the relay has ended: {_reason(self._relaying)}")

    async def _start(self, parts: contextlib.AsyncExitStack) -> None:
        self.emulators = parts.enter_context(running(self._environ, heap=self._heap))
        proxied = Emulators(
            pubsub=await parts.enter_async_context(FaultProxy(self.emulators.pubsub, self.faults)),
            firestore=await parts.enter_async_context(FaultProxy(self.emulators.firestore, self.faults)),
        )
        keyset = ensure_keyset()
        environments = functions.environments(self.topology, self._sources, self.project, proxied, keyset)
        metrics = self.metrics = await parts.enter_async_context(Metrics())
        for name in environments:
            environments[name] |= metrics.environment(name)
        for name in environments.keys() & {schedule.CONSOLE}:
            environments[name] |= schedule.environment(self._time_scale)
        serving = functions.serving(self._sources, environments, self._sink)
        self.processes = await parts.enter_async_context(serving)
        self.relay = self._relay()
        await self.relay.provision(unserved=not self._only)
        self._relaying = await parts.enter_async_context(_task(self.relay.run()))
        await parts.enter_async_context(_task(metrics.watch(self.relay.counts)))
        if schedule.CONSOLE in self.processes:
            console = self.processes[schedule.CONSOLE].url
            await parts.enter_async_context(_task(schedule.calling_schedule(console, self._time_scale)))
        control = await parts.enter_async_context(controlling(self.faults, self.relay))
        self.environment = {
            "PUBSUB_EMULATOR_HOST": self.emulators.pubsub,
            "FIRESTORE_EMULATOR_HOST": self.emulators.firestore,
            "GOOGLE_CLOUD_PROJECT": self.project,
            "KEYSET_FILE": str(keyset),
            "STACK_CONTROL_URL": control,
            "METRICS_URL": metrics.url,
            **{f"{name.upper()}_URL": process.url for name, process in self.processes.items()},
        }

    def _relay(self) -> Relay:
        return Relay(
            project=self.project,
            pubsub_host=self.emulators.pubsub,
            topology=self.topology,
            urls={name: process.url for name, process in self.processes.items()},
            time_scale=self._time_scale,
        )


@contextlib.asynccontextmanager
async def _task(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Yield a task at the work; cancel it on leaving and wait for its end."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


def _reason(task: asyncio.Task[None]) -> str:
    """Return the innermost cause of a task's end, in one line."""
    error = None if task.cancelled() else task.exception()
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, grpc.aio.AioRpcError):
        return f"{error.code().name}: {error.details()}"
    return repr(error)
