"""Publishers that keep their rate, independent of the system under test."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.lab.bench.orders import lines_for, take
from tests.lab.load.plan import Plan

LATE_S = 0.1
"""Delay behind the schedule above which a message counts as late."""

Publish = Callable[[bytes, str], Awaitable[str]]
"""Publishes data with an ordering key; returns the message id."""


@dataclass
class Schedule:
    """The published messages and their times.

    Attributes:
        published_at: time of each message by id, in seconds of the monotonic clock.
        late: the number of messages that missed their time.
        core_share: share of one core that the publishers used; at 1 the publishers limit the rate.
        cpu_seconds: processor time of the publishers.
    """

    published_at: dict[str, float] = field(default_factory=dict)
    late: int = 0
    core_share: float = 0.0
    cpu_seconds: float = 0.0


async def publish(send: Publish, plan: Plan, orders: Iterator[dict[str, Any]]) -> Schedule:
    """Publish orders by the plan; return when all are published."""
    schedule = Schedule()
    started, cpu = time.monotonic(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for number in range(plan.publishers):
            # The publishers are spread evenly over the interval.
            first = started + number / plan.publishers / plan.rate
            group.create_task(_publisher(send, plan, first, orders, schedule))
    schedule.cpu_seconds = time.process_time() - cpu
    schedule.core_share = schedule.cpu_seconds / (time.monotonic() - started)
    return schedule


async def _publisher(
    send: Publish, plan: Plan, first: float, orders: Iterator[dict[str, Any]], schedule: Schedule
) -> None:
    for number in range(round(plan.rate * plan.seconds)):
        due = first + number / plan.rate
        await asyncio.sleep(due - time.monotonic())
        order = next(orders)
        data = json.dumps(order).encode()
        published = time.monotonic()
        schedule.late += published - due > LATE_S
        schedule.published_at[await send(data, order["customerId"])] = published


def orders_of(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield new orders without end."""
    lines = lines_for(plan.size)
    for number in count():
        (order,) = take(1, lines)
        if plan.customers:
            order["customerId"] = f"CUST-{number % plan.customers:06}"
        # Spread evenly, so that the share holds at any end of the run.
        if int((number + 1) * plan.rejected) > int(number * plan.rejected):
            order["totals"]["subTotal"] += 1
        yield order
