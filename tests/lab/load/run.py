"""One run of the load test: the stack, the publishers, and all deliveries."""

import asyncio
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.lab.load import limits, usage
from tests.lab.load.deliveries import SUBSCRIPTION, Deliveries
from tests.lab.load.generator import publishing
from tests.lab.load.plan import Plan
from tests.lab.load.publishers import Schedule
from tests.lab.stack import topology
from tests.lab.stack.polling import until
from tests.lab.stack.stack import Stack

FUNCTIONS = ("order_create",)
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
    """

    plan: Plan
    schedule: Schedule
    deliveries: Deliveries
    cpu: dict[str, float]
    seconds: float


async def run(plan: Plan) -> Run:
    """Publish the plan and wait until all messages are finished. Raises StackError."""
    policy = topology.load().subscriptions[SUBSCRIPTION]
    deliveries = Deliveries(time.monotonic, policy.max_delivery_attempts)
    heap = limits.heap_mib(plan, psutil.virtual_memory().available)
    stack = Stack(deliveries, project=f"load-{uuid.uuid4().hex[:8]}", only=FUNCTIONS, heap=heap)
    async with stack, publishing(stack.emulators.pubsub, stack.project, plan) as publishers:
        warm_up = await publishers.next()
        await _wait_until_finished(warm_up, deliveries)
        deliveries.clear()
        progress = asyncio.create_task(_print_progress(deliveries))
        before = usage.read(stack)
        schedule = await publishers.next()
        await _wait_until_finished(schedule, deliveries)
        after = usage.read(stack)
        progress.cancel()
    return Run(plan, schedule, deliveries, usage.between(before, after), after.at - before.at)


async def _wait_until_finished(schedule: Schedule, deliveries: Deliveries) -> None:
    with suppress(TimeoutError):
        await until(lambda: schedule.published_at.keys() <= deliveries.finished_at.keys(), DRAIN_TIMEOUT_S)


async def _print_progress(deliveries: Deliveries) -> None:
    started = time.monotonic()
    while True:
        await asyncio.sleep(PROGRESS_INTERVAL_S)
        elapsed = time.monotonic() - started
        print(f"  {elapsed:5.0f} s: {len(deliveries.processed_at)} processed, {len(deliveries.all)} pushes")
