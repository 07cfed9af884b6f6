"""What a recorded run publishes, most of it good, and the troubles it meets."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from tests.lab.chaos import story
from tests.lab.chaos.story import Message
from tests.lab.chaos.wire import Wire
from tests.lab.stack.demo import messages as write
from tests.lab.stack.fault_plan import Fault, Kind
from tests.lab.stack.polling import until
from tests.lab.stack.processes import signal_group
from tests.lab.stack.stack import Stack

REFUSED_KINDS = (6, 7)
"""Of the story's eight kinds of orders, those with a message that is rejected."""

REFUSED, TWICE, EARLY, LOST = 0.02, 0.05, 0.03, 0.005
"""Shares of orders: with a message rejected, sent twice, or too early; and whose creation always fails."""

ATTEMPTS = 5
"""After which a message is given up (requirements 6.1)."""

PAUSE = 1.5
"""Seconds between an order's messages, on average."""

OLD = "2024-01-09T09:00:{:02}Z"
FROZEN = 25.0
DRAIN = 90.0


@dataclass(frozen=True)
class Plan:
    """How long and how much, and by which seed."""

    minutes: float
    orders_per_second: float
    seed: int

    @property
    def seconds(self) -> float:
        """Return how long orders are placed."""
        return 60 * self.minutes


@dataclass
class Traffic:
    """Publish to a stack as the outside world does.

    Attributes:
        published: how many messages were.
    """

    stack: Stack
    wire: Wire
    random: Random
    published: int = 0

    async def run(self, plan: Plan, say: Callable[[str], None]) -> None:
        """Publish and trouble by plan; return when everything has come to its end, or nearly."""
        await self._count_stock()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._trouble(plan.seconds, say))
            tasks.create_task(self._outdated(plan.seconds))
            for order in range(round(plan.seconds * plan.orders_per_second)):
                tasks.create_task(self._order(order))
                await asyncio.sleep(self.random.expovariate(plan.orders_per_second))
        self.stack.faults.clear()
        with suppress(TimeoutError):
            await until(self._idle, DRAIN)

    async def _publish(self, message: Message) -> None:
        await self.wire.publish(message)
        self.published += 1

    async def _count_stock(self) -> None:
        for each in story.counts():
            await self._publish(each)
        await until(lambda: self.stack.relay.counts()["inventory-update-sub"].acknowledged >= story.SKUS, 60)

    async def _order(self, number: int) -> None:
        """Publish one order's messages, one after the other as they happen."""
        messages = story.order(self._kind(number), self.random)
        if self.random.random() < EARLY:
            messages[:2] = reversed(messages[:2])
        if self.random.random() < TWICE:
            messages.append(self.random.choice(messages))
        if self.random.random() < LOST:
            self.stack.faults.add(Fault(method="Commit", contains=messages[0].order_id, times=2 * ATTEMPTS))
        for each in messages:
            await self._publish(each)
            await asyncio.sleep(self.random.uniform(0, 2 * PAUSE))

    def _kind(self, number: int) -> int:
        """Return a number by which the story makes a good order, or seldom one with a rejected message."""
        kinds = 8
        wanted = REFUSED_KINDS if self.random.random() < REFUSED else range(min(REFUSED_KINDS))
        return kinds * (number + 1) + self.random.choice(wanted)

    async def _outdated(self, seconds: float) -> None:
        """Publish now and then a count of stock older than the last."""
        for number in range(round(seconds / 10)):
            data = write.count(story.sku(number), 1, OLD.format(number % 60))
            await self._publish(Message("count", "inventory-update", data))
            await asyncio.sleep(10)

    async def _trouble(self, seconds: float, say: Callable[[str], None]) -> None:
        """Bring one trouble after the other, at equal distances."""
        troubles = {
            "Firestore refuses commits": self._refuse,
            "the function of payments stands still": self._freeze,
            "Firestore is slow": self._slow,
        }
        for told, trouble in troubles.items():
            await asyncio.sleep(seconds / (len(troubles) + 1))
            say(f"  {self.published} messages published; now {told}")
            await trouble()

    async def _refuse(self) -> None:
        self.stack.faults.add(Fault(method="Commit", times=120))

    async def _freeze(self) -> None:
        leader = self.stack.processes["payment"].pid
        signal_group(leader, signal.SIGSTOP)
        try:
            await asyncio.sleep(FROZEN)
        finally:
            signal_group(leader, signal.SIGCONT)

    async def _slow(self) -> None:
        self.stack.faults.add(Fault(method="Commit", kind=Kind.DELAY, seconds=0.3, times=200))

    def _idle(self) -> bool:
        return not any(each.outstanding for each in self.stack.relay.counts().values())
