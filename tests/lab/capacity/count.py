"""Counts what a message asks of the services, with real functions on the emulators."""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

from tests.lab.bench.orders import lines_for, take
from tests.lab.capacity.usage import ORDER, REJECTED, RESERVATION, Usage
from tests.lab.capacity.wire import Recording, billed, by_collection, grown
from tests.lab.stack.polling import until
from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.stack import Stack

SIZE = 5000
"""Bytes of an order (requirements 10.2)."""

ATTRIBUTES = {"source": "QC-SMF", "version": "1.0", "correlationId": "corr-000000789"}
CONSUMED_AGAIN = "reservation-events"
"""The only topic the functions both publish to and consume."""

MARKED = 2.0
"""Seconds after which sent marks are written, which are gathered for 0.2 s."""

LONGEST = 60.0
"""Seconds to wait for an end."""


async def count(environ: Mapping[str, str]) -> dict[str, Usage]:
    """Count an order, the reservation it asks for, and an order that is rejected. Raises StackError."""
    async with Counting(environ, "order_create", "dlq") as counting:
        await counting.usage(_order(), ends=1)
        order = await counting.usage(_order(), ends=1)
        rejected = await counting.usage(_order(valid=False), ends=2)
    async with Counting(environ, "order_create", "inventory") as counting:
        await counting.usage(_order(), ends=3)  # puts the stock there, which is then only changed
        both = await counting.usage(_order(), ends=3)
    return {ORDER: order, RESERVATION: both.less(order), REJECTED: rejected}


class Counting:
    """A stack with some functions, whose calls are kept."""

    def __init__(self, environ: Mapping[str, str], *functions: str) -> None:
        """Run these functions on the emulators that `environ` points to, or on new ones."""
        self._logs: list[str] = []
        project = f"count-{uuid.uuid4().hex[:8]}"
        self._stack = Stack(self._hear, project=project, time_scale=0.01, only=functions, environ=environ)
        self._stack.faults = self._calls = Recording()

    def _hear(self, _: str, line: str) -> None:
        self._logs.append(line)

    async def __aenter__(self) -> Self:
        await self._stack.__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._stack.__aexit__(*raised)

    async def usage(self, data: bytes, ends: int) -> Usage:
        """Publish an order, wait until so many messages have come to their end, and count."""
        self._logs.clear()
        self._calls.clear()
        self._calls.requests.clear()
        before = self._deliveries()
        wanted = self._ended() + ends
        message = Message(data, ATTRIBUTES, "", datetime.now(UTC), json.loads(data)["customerId"])
        async with PubSub(self._stack.emulators.pubsub) as pubsub:
            await pubsub.publish(f"projects/{self._stack.project}/topics/order-create", message)
        await until(lambda: self._ended() >= wanted, LONGEST)
        await asyncio.sleep(MARKED)
        return self._counted(data, self._deliveries() - before)

    def _ended(self) -> int:
        return sum(each.acknowledged + each.dead_lettered for each in self._stack.relay.counts().values())

    def _deliveries(self) -> Counter[str]:
        """Return the pushes so far, by function."""
        policies, pushes = self._stack.topology.all_subscriptions, Counter[str]()
        for name, each in self._stack.relay.counts().items():
            pushes[policies[name].function] += each.delivered
        return pushes

    def _counted(self, data: bytes, deliveries: Mapping[str, int]) -> Usage:
        writes = self._calls.written()
        expiring, expiring_bytes = grown(writes, expiring=True)
        return Usage(
            deliveries=dict(deliveries),
            reads=self._calls.reads(),
            writes=by_collection(writes),
            expiring=expiring,
            kept_bytes=grown(writes, expiring=False)[1],
            expiring_bytes=expiring_bytes,
            pubsub_bytes=self._pubsub_bytes(billed(data, ATTRIBUTES), deliveries),
            published_bytes=self._published_bytes(billed(data, ATTRIBUTES), deliveries),
            log_bytes=sum(len(line.encode()) + 1 for line in self._logs if line.startswith("{")),
        )

    def _pubsub_bytes(self, inbound: int, deliveries: Mapping[str, int]) -> int:
        """Add up what is published and delivered; a dead letter is the message again, both ways."""
        published = [(each.topic.rpartition("/")[2], each.messages) for each in self._calls.publishes()]
        out = sum(_size(messages) for _, messages in published)
        again = sum(_size(messages) for topic, messages in published if topic == CONSUMED_AGAIN)
        consumes = "inventory" in deliveries
        dead = 2 * inbound * bool(deliveries.get("dlq"))
        return inbound * (1 + deliveries.get("order_create", 0)) + dead + out + again * consumes

    def _published_bytes(self, inbound: int, deliveries: Mapping[str, int]) -> int:
        """Add up what is published: the message, what functions publish, and a dead letter."""
        out = sum(_size(each.messages) for each in self._calls.publishes())
        return inbound * (1 + bool(deliveries.get("dlq"))) + out


def _size(messages: Any) -> int:
    """Return what a request is billed, whose messages share the least there is to pay."""
    return sum(billed(each.data, dict(each.attributes)) for each in messages)


def _order(*, valid: bool = True) -> bytes:
    (order,) = take(1, lines_for(SIZE))
    if not valid:
        order["totals"]["subTotal"] += 1
    return json.dumps(order).encode()
