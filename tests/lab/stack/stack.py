"""The whole local stack: emulators, fault proxies, functions, relay and control."""

import asyncio
import contextlib
import os
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

import grpc

from tests.lab.stack import functions, schedule, topology
from tests.lab.stack.background import in_background
from tests.lab.stack.control import controlling
from tests.lab.stack.emulators import HEAP_MIB, Emulators, running
from tests.lab.stack.errors import StackError
from tests.lab.stack.fault_plan import FaultPlan
from tests.lab.stack.faults import FaultProxy
from tests.lab.stack.function_process import FunctionProcess
from tests.lab.stack.keyset import ensure_keyset
from tests.lab.stack.metrics import Metrics
from tests.lab.stack.output import Sink
from tests.lab.stack.polling import until
from tests.lab.stack.relay import Relay
from tests.lab.stack.reload import reloading

if TYPE_CHECKING:
    from tests.lab.stack.relay.message import Message

PROJECT = "order-events-local"


class Stack:
    """Run every part while the context lasts; stop them in reverse order on exit.

    Args:
        sink: accepts the output lines of the functions.
        project: the project id of topics, subscriptions and documents.
        time_scale: multiplies the backoff between deliveries; 1.0 is real time.
        only: the names of the functions to run; all if empty.
        sources: the `main.py` of functions to run in place of the project's, by name.
        environ: may name emulators that already run.
        heap: MiB for each emulator that is started.
        nacks_per_minute: replaces the nack budget of every subscription.
        retain: whether the relay keeps every message, so that it can seek.
        instances: processes of each function; the relay pushes to them in turn.
        reload: restart functions when their code changes.
        release: the folder of an earlier release; its functions serve beside the present ones.
        keyset: the variables that name the keyset, in place of the local one.

    Attributes:
        emulators: the addresses of Pub/Sub and Firestore for clients.
        processes: the functions' processes, by name.
        faults: the fault rules for the functions' calls to the emulators.
        pushed_to: the names of the processes that the relay pushes to; all at the start.
        relay: pushes messages to the functions.
        metrics: collects what the functions export.
        environment: the environment variables for clients of this stack.

    Entering raises StackError with the reason if a part cannot start.
    """

    emulators: Emulators
    processes: Mapping[str, FunctionProcess]
    pushed_to: Collection[str]
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
        sources: Mapping[str, Path] | None = None,
        environ: Mapping[str, str] = os.environ,
        heap: int = HEAP_MIB,
        nacks_per_minute: int | None = None,
        retain: bool = False,
        instances: int = 1,
        reload: bool = False,
        release: Path | None = None,
        keyset: Mapping[str, str] | None = None,
    ) -> None:
        self.faults = FaultPlan()
        self.project = project
        self.topology = _with_nack_budgets(topology.load(), time_scale, nacks_per_minute)
        self._sink = sink
        self._only = only
        self._time_scale = time_scale
        self._sources = {**functions.sources(self.topology, only), **(sources or {})}
        self._environ = environ
        self._heap = heap
        self._instances = instances
        self._reload = reload
        self._release = release
        self._keyset = keyset
        self._retained: defaultdict[str, dict[str, Message]] | None = defaultdict(dict) if retain else None
        if unknown := set(only) - set(self._sources):
            raise StackError(f"unknown function: {', '.join(sorted(unknown))}")

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as parts:
            await self._start(parts)
            self._parts = parts.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._parts.aclose()

    async def failure(self) -> StackError:
        """Wait until the relay or an emulator ends unexpectedly; return the reason."""
        await until(lambda: self._relay_task.done() or self.emulators.find_ended() is not None, timeout=None)
        if description := self.emulators.find_ended():
            return StackError(f"an emulator has ended: {description}")
        return StackError(f"the relay has ended: {_reason(self._relay_task)}")

    async def _start(self, parts: contextlib.AsyncExitStack) -> None:
        self.emulators = parts.enter_context(running(self._environ, heap=self._heap))
        proxied = Emulators(
            pubsub=await parts.enter_async_context(FaultProxy(self.emulators.pubsub, self.faults)),
            firestore=await parts.enter_async_context(FaultProxy(self.emulators.firestore, self.faults)),
        )
        keyset = self._keyset or {"KEYSET_FILE": str(ensure_keyset())}
        self.metrics = await parts.enter_async_context(Metrics())
        serving = functions.serving(
            self._sources,
            self._function_environments(proxied, keyset),
            self._sink,
            instances=self._instances,
            release=self._release,
        )
        self.processes = await parts.enter_async_context(serving)
        self.pushed_to = [*self.processes]
        self.relay = self.build_relay()
        await self.relay.provision(unserved=not self._only)
        await self._start_tasks(parts)
        control = await parts.enter_async_context(controlling(self.faults, self.relay))
        self.environment = {
            **self.emulators.variables,
            "GOOGLE_CLOUD_PROJECT": self.project,
            **keyset,
            "STACK_CONTROL_URL": control,
            "METRICS_URL": self.metrics.url,
            **{f"{name.upper()}_URL": urls[0] for name, urls in self.urls().items()},
        }

    def _function_environments(
        self, proxied: Emulators, keyset: Mapping[str, str]
    ) -> dict[str, dict[str, str]]:
        """Return the variables of each function, by its name."""
        environments = functions.environments(
            self.topology, self._sources, self.project, proxied, Path(keyset["KEYSET_FILE"])
        )
        for name in environments:
            environments[name] |= {**keyset, **self.metrics.environment(name)}
        for name in environments.keys() & {schedule.CONSOLE}:
            environments[name] |= schedule.environment(self._time_scale)
        return environments

    async def _start_tasks(self, parts: contextlib.AsyncExitStack) -> None:
        """Start what runs beside the functions: the relay, the metrics, the schedule, the reloading."""
        self._relay_task = await parts.enter_async_context(in_background(self.relay.run()))
        await parts.enter_async_context(in_background(self.metrics.sample(self.relay.counts)))
        if schedule.CONSOLE in self.processes:
            calling = schedule.calling_schedule(self.processes[schedule.CONSOLE].url, self._time_scale)
            await parts.enter_async_context(in_background(calling))
        if self._reload:
            await parts.enter_async_context(in_background(reloading(self.processes)))

    def build_relay(self) -> Relay:
        """Return another relay for the same subscriptions; `stop_relay` ends the one that runs."""
        return Relay(
            project=self.project,
            pubsub_host=self.emulators.pubsub,
            topology=self.topology,
            urls=self.urls(),
            time_scale=self._time_scale,
            retained=self._retained,
        )

    async def stop_relay(self) -> None:
        """Stop the relay, so that another one can take its place."""
        self._relay_task.cancel()
        await asyncio.wait([self._relay_task])

    def urls(self) -> dict[str, list[str]]:
        """Return the URLs that the relay pushes to, by function."""
        chosen = [self.processes[name] for name in self.pushed_to]
        return {
            function: [each.url for each in chosen if each.function == function] for function in self._sources
        }


def _with_nack_budgets(
    loaded: topology.Topology, time_scale: float, nacks_per_minute: int | None
) -> topology.Topology:
    """Scale the nack budgets as the relay scales backoffs: a slot lasts as long as the shortest backoff."""
    scaled = {
        name: each.model_copy(
            update={"nacks_per_minute": round((nacks_per_minute or each.nacks_per_minute) / time_scale)}
        )
        for name, each in loaded.subscriptions.items()
    }
    return loaded.model_copy(update={"subscriptions": scaled})


def _reason(task: asyncio.Task[None]) -> str:
    """Return the innermost error of a task, in one line."""
    error = None if task.cancelled() else task.exception()
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, grpc.aio.AioRpcError):
        return f"{error.code().name}: {error.details()}"
    return repr(error)
