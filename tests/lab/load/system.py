"""What the load test loads: the local stack, or a relay and functions around a backend in memory."""

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psutil

from tests.lab import cpu_time
from tests.lab.bench import cores
from tests.lab.bench.measure import backend_process
from tests.lab.load import limits
from tests.lab.load.plan import Plan
from tests.lab.load.usage import OWN_PROCESS
from tests.lab.stack import functions, topology
from tests.lab.stack.background import in_background
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.keyset import ensure_keyset
from tests.lab.stack.output import Sink
from tests.lab.stack.relay import Relay
from tests.lab.stack.stack import Stack

FUNCTION = "order_create"
PUBLISHERS = "publishers"
EMULATORS = ("pubsub_emulator", "firestore_emulator")
CORES = {FUNCTION: 0, OWN_PROCESS: 1, "backend": 2, PUBLISHERS: 3}
"""The position of each part's core; the last core stands in for those that the machine lacks."""


@dataclass(frozen=True)
class System:
    """A running system.

    Attributes:
        pubsub: where it takes messages, "host:port".
        pids: the parts that run in other processes.
        cores: the core of each part; empty where every part may use every core.
    """

    pubsub: str
    project: str
    pids: Mapping[str, int]
    cores: Mapping[str, int] = field(default_factory=dict)


@asynccontextmanager
async def emulated(plan: Plan, sink: Sink) -> AsyncIterator[System]:
    """Run the local stack with one function. Raises StackError."""
    heap = limits.heap_mib(plan, psutil.virtual_memory().available)
    async with Stack(sink, project=_project(), only=(FUNCTION,), heap=heap) as stack:
        pids = {name: process.pid for name, process in stack.processes.items()}
        if len(stack.emulators.started) == len(EMULATORS):  # others are not part of the stack
            emulators = zip(EMULATORS, stack.emulators.started, strict=True)
            pids |= {name: each.pid for name, each in emulators}
        yield System(stack.emulators.pubsub, stack.project, pids)


@asynccontextmanager
async def in_memory(plan: Plan, sink: Sink) -> AsyncIterator[System]:
    """Run the function and the relay around the bench's backend, each on its core. Raises StackError."""
    limits.check_size(plan)
    project, policies = _project(), topology.load()
    sources = functions.sources(policies, (FUNCTION,))
    with cores.on_core(CORES[OWN_PROCESS]), backend_process(0.0) as (address, backend):
        servers = Emulators(address, address)
        environments = functions.environments(policies, sources, project, servers, ensure_keyset())
        async with functions.serving(sources, environments, sink) as processes:
            pids = {FUNCTION: processes[FUNCTION].pid, "backend": backend}
            for name, pid in pids.items():
                _pin(name, pid)
            urls = {FUNCTION: [processes[FUNCTION].url]}
            relay = Relay(project=project, pubsub_host=address, topology=policies, urls=urls)
            await relay.provision(unserved=False)
            async with in_background(relay.run()):
                yield System(address, project, pids, _pinned_cores())


def _pinned_cores() -> dict[str, int]:
    if not cores.PINNED:
        return {}
    return {part: cores.core_at(position) for part, position in CORES.items()}


def _project() -> str:
    return f"load-{uuid.uuid4().hex[:8]}"


def _pin(part: str, pid: int) -> None:
    """Move a part and its workers to the part's core; threads that start later follow."""
    for each in cpu_time.family(pid):
        cores.pin(each.pid, CORES[part])
