"""Publishers that keep their rate, whatever the system behind them does."""

import asyncio
import time
from dataclasses import dataclass, field

from tests.load.bench.orders import lines_for, take
from tests.load.chaos.story import Message
from tests.load.chaos.wire import Wire

LATE = 0.1
"""Seconds behind its schedule at which a publisher is what limits the rate."""


@dataclass
class Schedule:
    """What was published when.

    Attributes:
        published_at: seconds of each message, by id.
        late: messages that went out too late to call it the rate that was asked for.
    """

    published_at: dict[str, float] = field(default_factory=dict)
    late: int = 0


async def publish(wire: Wire, publishers: int, rate: float, seconds: float, size: int) -> Schedule:
    """Publish orders of `size` bytes, `rate` a second by each publisher."""
    schedule = Schedule()
    async with asyncio.TaskGroup() as group:
        for _ in range(publishers):
            group.create_task(_publisher(wire, rate, seconds, size, schedule))
    return schedule


async def _publisher(wire: Wire, rate: float, seconds: float, size: int, schedule: Schedule) -> None:
    lines, start = lines_for(size), time.monotonic()
    for number in range(round(rate * seconds)):
        due = start + number / rate
        await asyncio.sleep(due - time.monotonic())
        (order,) = take(1, lines)
        schedule.late += time.monotonic() - due > LATE
        published = time.monotonic()
        message = Message("create", "order-create", order, {"source": "QC-SMF"}, order["customerId"])
        schedule.published_at[await wire.publish(message)] = published
