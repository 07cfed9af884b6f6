"""The traffic of a recorded run: mostly valid messages, and some troubles."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from tests.lab.chaos import orders, story
from tests.lab.chaos.orders import Message
from tests.lab.chaos.wire import Wire
from tests.lab.stack.demo import messages as write
from tests.lab.stack.fault_plan import Fault, Kind
from tests.lab.stack.polling import until
from tests.lab.stack.processes import signal_group
from tests.lab.stack.stack import Stack

REJECTED_KINDS = (6, 7)
"""Of the story's eight kinds of orders, those with a rejected message."""

REJECTED_SHARE, REPEATED_SHARE, EARLY_SHARE, FAILING_SHARE = 0.02, 0.05, 0.03, 0.005
"""Shares of orders with a rejected, repeated or early message, or with a creation that always fails."""

MAX_ATTEMPTS = 5
"""Attempts before a message is dead-lettered (requirements 6.1)."""

MEAN_PAUSE_S = 1.5
"""Mean time between an order's messages."""

OLD_TIME = "2024-01-09T09:00:{:02}Z"
FREEZE_S = 25.0
DRAIN_TIMEOUT_S = 90.0


@dataclass(frozen=True)
class Plan:
    """Duration, rate and seed of a run."""

    minutes: float
    orders_per_second: float
    seed: int

    @property
    def seconds(self) -> float:
        """Return the duration in seconds."""
        return 60 * self.minutes


@dataclass
class Traffic:
    """Publishes to a stack as the outside world does.

    Attributes:
        published: the number of published messages.
    """

    stack: Stack
    wire: Wire
    random: Random
    published: int = 0

    async def run(self, plan: Plan, log: Callable[[str], None]) -> None:
        """Publish and inject troubles by the plan; return when nearly all messages are finished."""
        await self._count_stock()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._inject_troubles(plan.seconds, log))
            tasks.create_task(self._publish_old_counts(plan.seconds))
            for order in range(round(plan.seconds * plan.orders_per_second)):
                tasks.create_task(self._publish_order(order))
                await asyncio.sleep(self.random.expovariate(plan.orders_per_second))
        self.stack.faults.clear()
        with suppress(TimeoutError):
            await until(self._idle, DRAIN_TIMEOUT_S)

    async def _publish(self, message: Message) -> None:
        await self.wire.publish(message)
        self.published += 1

    async def _count_stock(self) -> None:
        for each in story.counts():
            await self._publish(each)
        await until(lambda: self.stack.relay.counts()["inventory-update-sub"].acknowledged >= orders.SKUS, 60)

    async def _publish_order(self, number: int) -> None:
        """Publish the messages of one order in their sequence."""
        messages = orders.order(self._kind(number), self.random)
        if self.random.random() < EARLY_SHARE:
            messages[:2] = reversed(messages[:2])
        if self.random.random() < REPEATED_SHARE:
            messages.append(self.random.choice(messages))
        if self.random.random() < FAILING_SHARE:
            self.stack.faults.add(
                Fault(method="Commit", contains=messages[0].order_id, times=2 * MAX_ATTEMPTS)
            )
        for each in messages:
            await self._publish(each)
            await asyncio.sleep(self.random.uniform(0, 2 * MEAN_PAUSE_S))

    def _kind(self, number: int) -> int:
        """Return a story number for a valid order, or rarely for one with a rejected message."""
        kinds = 8
        choices = REJECTED_KINDS if self.random.random() < REJECTED_SHARE else range(min(REJECTED_KINDS))
        return kinds * (number + 1) + self.random.choice(choices)

    async def _publish_old_counts(self, seconds: float) -> None:
        """Publish a stock count that is older than the last one, at intervals."""
        for number in range(round(seconds / 10)):
            data = write.count(orders.sku(number), 1, OLD_TIME.format(number % 60))
            await self._publish(Message("count", "inventory-update", data))
            await asyncio.sleep(10)

    async def _inject_troubles(self, seconds: float, log: Callable[[str], None]) -> None:
        """Inject the troubles one after the other, at equal intervals."""
        troubles = {
            "Firestore refuses commits": self._refuse,
            "the payment function is stopped": self._freeze,
            "Firestore is slow": self._slow,
        }
        for description, trouble in troubles.items():
            await asyncio.sleep(seconds / (len(troubles) + 1))
            log(f"  {self.published} messages published; now {description}")
            await trouble()

    async def _refuse(self) -> None:
        self.stack.faults.add(Fault(method="Commit", times=120))

    async def _freeze(self) -> None:
        leader = self.stack.processes["payment"].pid
        signal_group(leader, signal.SIGSTOP)
        try:
            await asyncio.sleep(FREEZE_S)
        finally:
            signal_group(leader, signal.SIGCONT)

    async def _slow(self) -> None:
        self.stack.faults.add(Fault(method="Commit", kind=Kind.DELAY, seconds=0.3, times=200))

    def _idle(self) -> bool:
        return not any(each.outstanding for each in self.stack.relay.counts().values())
