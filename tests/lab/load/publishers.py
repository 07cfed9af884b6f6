"""Publishers that keep their rate, whatever the system behind them does."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.lab.bench.orders import lines_for, take
from tests.lab.load.plan import Plan

LATE = 0.1
"""Seconds behind its schedule at which a message was not published at the rate that was asked for."""

Publish = Callable[[bytes, str], Awaitable[str]]
"""Publishes data under an ordering key; returns the message's id."""


@dataclass
class Schedule:
    """What was published when.

    Attributes:
        published_at: seconds of each message on the machine's monotonic clock, by id.
        late: messages that went out too late to call it the rate that was asked for.
        core_share: of one core, that publishing took; at 1 the publishers are what limits the rate.
        cpu_seconds: that publishing took.
    """

    published_at: dict[str, float] = field(default_factory=dict)
    late: int = 0
    core_share: float = 0.0
    cpu_seconds: float = 0.0


async def publish(send: Publish, plan: Plan, orders: Iterator[dict[str, Any]]) -> Schedule:
    """Publish orders as planned; return when all are out."""
    schedule = Schedule()
    started, cpu = time.monotonic(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for number in range(plan.publishers):
            # Evenly between each other, not all at the same moments.
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
        schedule.late += published - due > LATE
        schedule.published_at[await send(data, order["customerId"])] = published


def orders_of(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield orders, none of them seen before, for ever."""
    lines = lines_for(plan.size)
    for number in count():
        (order,) = take(1, lines)
        if plan.customers:
            order["customerId"] = f"CUST-{number % plan.customers:06}"
        # Spread evenly: as many are rejected whenever the run ends.
        if int((number + 1) * plan.rejected) > int(number * plan.rejected):
            order["totals"]["subTotal"] += 1
        yield order
