"""One load test: the stack, the publishers, and what came of every message."""

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
DRAIN = 120.0
"""Seconds to work off what is left when the publishers have ended."""

PROGRESS = 10
"""Seconds between two lines."""


@dataclass(frozen=True)
class Run:
    """What was seen.

    Attributes:
        cpu: processor seconds by part, from the first message to the last answer.
        seconds: that took.
    """

    plan: Plan
    schedule: Schedule
    deliveries: Deliveries
    cpu: dict[str, float]
    seconds: float


async def run(plan: Plan) -> Run:
    """Publish, watch and work off. Raises StackError."""
    policy = topology.load().subscriptions[SUBSCRIPTION]
    deliveries = Deliveries(time.monotonic, policy.max_delivery_attempts)
    heap = limits.heap(plan, psutil.virtual_memory().available)
    stack = Stack(deliveries, project=f"load-{uuid.uuid4().hex[:8]}", only=FUNCTIONS, heap=heap)
    async with stack, publishing(stack.emulators.pubsub, stack.project, plan) as publishers:
        warm_up = await publishers.next()
        await _worked_off(warm_up, deliveries)
        deliveries.clear()
        watching = asyncio.create_task(_watch(deliveries))
        before = usage.read(stack)
        schedule = await publishers.next()
        await _worked_off(schedule, deliveries)
        after = usage.read(stack)
        watching.cancel()
    return Run(plan, schedule, deliveries, usage.between(before, after), after.at - before.at)


async def _worked_off(schedule: Schedule, deliveries: Deliveries) -> None:
    with suppress(TimeoutError):
        await until(lambda: schedule.published_at.keys() <= deliveries.ended_at.keys(), DRAIN)


async def _watch(deliveries: Deliveries) -> None:
    started = time.monotonic()
    while True:
        await asyncio.sleep(PROGRESS)
        elapsed = time.monotonic() - started
        print(f"  {elapsed:5.0f} s: {len(deliveries.processed_at)} processed, {len(deliveries.seen)} pushes")
