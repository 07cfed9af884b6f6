"""One run of the load test: the system, the publishers, and all deliveries."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field

from tests.lab.bench import cores
from tests.lab.load import usage
from tests.lab.load.deliveries import SUBSCRIPTION, Deliveries
from tests.lab.load.generator import publishing
from tests.lab.load.plan import Plan
from tests.lab.load.publishers import Schedule
from tests.lab.load.system import CORES, PUBLISHERS, System, emulated
from tests.lab.stack import topology
from tests.lab.stack.output import Sink
from tests.lab.stack.polling import until

OpenSystem = Callable[[Plan, Sink], AbstractAsyncContextManager[System]]

DRAIN_TIMEOUT_S = 120.0
"""Time to process the remaining messages after the publishers have ended."""

PROGRESS_INTERVAL_S = 10
"""Time between two progress lines."""


@dataclass(frozen=True)
class Run:
    """The results of a run.

    Attributes:
        cpu: processor seconds by part, from the first message to the last answer.
        seconds: the time between the two.
        cores: the core of each part, where they are pinned.
    """

    plan: Plan
    schedule: Schedule
    deliveries: Deliveries
    cpu: dict[str, float]
    seconds: float
    cores: Mapping[str, int] = field(default_factory=dict)


async def run(plan: Plan, open_system: OpenSystem = emulated) -> Run:
    """Publish the plan and wait until all messages are finished. Raises StackError."""
    policy = topology.load().subscriptions[SUBSCRIPTION]
    deliveries = Deliveries(time.monotonic, policy.max_delivery_attempts)
    async with (
        open_system(plan, deliveries) as system,
        publishing(system.pubsub, system.project, plan) as publishers,
    ):
        if system.cores:
            cores.pin(publishers.pid, CORES[PUBLISHERS])
        warm_up = await publishers.next()
        await _wait_until_finished(warm_up, deliveries)
        deliveries.clear()
        progress = asyncio.create_task(_print_progress(deliveries))
        before = usage.read(system.pids)
        schedule = await publishers.next()
        await _wait_until_finished(schedule, deliveries)
        after = usage.read(system.pids)
        progress.cancel()
    cpu = usage.between(before, after)
    return Run(plan, schedule, deliveries, cpu, after.at - before.at, system.cores)


async def _wait_until_finished(schedule: Schedule, deliveries: Deliveries) -> None:
    with suppress(TimeoutError):
        await until(lambda: schedule.published_at.keys() <= deliveries.finished_at.keys(), DRAIN_TIMEOUT_S)


async def _print_progress(deliveries: Deliveries) -> None:
    started = time.monotonic()
    while True:
        await asyncio.sleep(PROGRESS_INTERVAL_S)
        elapsed = time.monotonic() - started
        print(f"  {elapsed:5.0f} s: {len(deliveries.processed_at)} processed, {len(deliveries.all)} pushes")
