"""Count a message's usage of the services, with real functions on the emulators."""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

from tests.lab.bench.orders import lines_for, take
from tests.lab.capacity.usage import ORDER, REJECTED, RESERVATION, Usage
from tests.lab.capacity.wire import RecordingPlan, billed_bytes, count_by_collection, new_documents
from tests.lab.stack.polling import until
from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.stack import Stack

ORDER_BYTES = 5000
"""Size of an order (requirements 10.2)."""

ATTRIBUTES = {"source": "QC-SMF", "version": "1.0", "correlationId": "corr-000000789"}
CONSUMED_OUTGOING_TOPIC = "reservation-events"
"""The only topic that the functions both publish to and consume."""

MARK_DELAY_S = 2.0
"""Time after which the published marks are written; the functions collect them for 0.2 s."""

TIMEOUT_S = 60.0
"""Limit of waiting for the messages."""


async def count(environ: Mapping[str, str]) -> dict[str, Usage]:
    """Count an order, its reservation, and a rejected order. Raises StackError."""
    async with Counting(environ, "order_create", "dlq") as counting:
        await counting.usage(_order(), finished_messages=1)
        order = await counting.usage(_order(), finished_messages=1)
        rejected = await counting.usage(_order(valid=False), finished_messages=2)
    async with Counting(environ, "order_create", "inventory") as counting:
        await counting.usage(_order(), finished_messages=3)  # creates the stock documents
        both = await counting.usage(_order(), finished_messages=3)
    return {ORDER: order, RESERVATION: both.minus(order), REJECTED: rejected}


class Counting:
    """A stack with some functions that records their calls."""

    def __init__(self, environ: Mapping[str, str], *functions: str) -> None:
        """Run the functions on the emulators that `environ` names, or on new ones."""
        self._logs: list[str] = []
        project = f"count-{uuid.uuid4().hex[:8]}"
        self._stack = Stack(
            self._record_line,
            project=project,
            time_scale=0.01,
            only=functions,
            environ=environ,
            nacks_per_minute=10**8,  # a rejected message gets all its attempts, however busy the machine is
        )
        self._stack.faults = self._calls = RecordingPlan()

    def _record_line(self, _: str, line: str) -> None:
        self._logs.append(line)

    async def __aenter__(self) -> Self:
        await self._stack.__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._stack.__aexit__(*raised)

    async def usage(self, data: bytes, finished_messages: int) -> Usage:
        """Publish an order, wait until a number of messages is finished, and return the usage."""
        self._logs.clear()
        self._calls.clear()
        self._calls.requests.clear()
        before = self._deliveries()
        expected = self._finished() + finished_messages
        message = Message(data, ATTRIBUTES, "", datetime.now(UTC), json.loads(data)["customerId"])
        async with PubSub(self._stack.emulators.pubsub) as pubsub:
            await pubsub.publish(f"projects/{self._stack.project}/topics/order-create", message)
        await until(lambda: self._finished() >= expected, TIMEOUT_S)
        await asyncio.sleep(MARK_DELAY_S)
        return self._measure(data, self._deliveries() - before)

    def _finished(self) -> int:
        return sum(each.acknowledged + each.dead_lettered for each in self._stack.relay.counts().values())

    def _deliveries(self) -> Counter[str]:
        """Return the pushes so far, by function."""
        policies, pushes = self._stack.topology.all_subscriptions, Counter[str]()
        for name, each in self._stack.relay.counts().items():
            pushes[policies[name].function] += each.delivered
        return pushes

    def _measure(self, data: bytes, deliveries: Mapping[str, int]) -> Usage:
        writes = self._calls.written()
        expiring, expiring_bytes = new_documents(writes, expiring=True)
        return Usage(
            deliveries=dict(deliveries),
            reads=self._calls.reads(),
            writes=count_by_collection(writes),
            expiring=expiring,
            kept_bytes=new_documents(writes, expiring=False)[1],
            expiring_bytes=expiring_bytes,
            pubsub_bytes=self._pubsub_bytes(billed_bytes(data, ATTRIBUTES), deliveries),
            published_bytes=self._published_bytes(billed_bytes(data, ATTRIBUTES), deliveries),
            log_bytes=sum(len(line.encode()) + 1 for line in self._logs if line.startswith("{")),
        )

    def _pubsub_bytes(self, inbound: int, deliveries: Mapping[str, int]) -> int:
        """Add up the published and delivered bytes; a dead letter is published and delivered again."""
        published = [(each.topic.rpartition("/")[2], each.messages) for each in self._calls.publishes()]
        out = sum(_size(messages) for _, messages in published)
        again = sum(_size(messages) for topic, messages in published if topic == CONSUMED_OUTGOING_TOPIC)
        consumes = "inventory" in deliveries
        dead = 2 * inbound * bool(deliveries.get("dlq"))
        return inbound * (1 + deliveries.get("order_create", 0)) + dead + out + again * consumes

    def _published_bytes(self, inbound: int, deliveries: Mapping[str, int]) -> int:
        """Add up the published bytes: the message, the functions' events, and a dead letter."""
        out = sum(_size(each.messages) for each in self._calls.publishes())
        return inbound * (1 + bool(deliveries.get("dlq"))) + out


def _size(messages: Any) -> int:
    """Return the billed bytes of a request; its messages share the minimum."""
    return sum(billed_bytes(each.data, dict(each.attributes)) for each in messages)


def _order(*, valid: bool = True) -> bytes:
    (order,) = take(1, lines_for(ORDER_BYTES))
    if not valid:
        order["totals"]["subTotal"] += 1
    return json.dumps(order).encode()
