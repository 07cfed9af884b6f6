"""The relay of one subscription: pulls into the backlog, extends leases, and starts deliveries."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import grpc

from tests.lab.stack.relay.acknowledger import Acknowledger
from tests.lab.stack.relay.backlog import Backlog, Outstanding
from tests.lab.stack.relay.counts import Counts
from tests.lab.stack.relay.delivery_worker import DeliveryWorker
from tests.lab.stack.relay.duplicates import Duplicates
from tests.lab.stack.relay.message import NO_ACK_ID, Message, Received
from tests.lab.stack.relay.pace import Pace
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.relay.push import Push
from tests.lab.stack.relay.source import Source

log = logging.getLogger(__name__)

PULL_SIZE = 50  # messages of 10 MB each still fit into memory
PULL_PAUSE_S = 1.0
# The lease of returned messages. With 0 the emulator puts a message behind later ones of its key; a lapsed
# lease keeps their order.
RETURN_LEASE_S = 1


class SubscriptionRelay:
    """Pushes the messages of one subscription while `run` runs."""

    sought: Sequence[Message] = ()
    """Delivered again before anything is pulled."""

    acknowledged_before: datetime = datetime.min.replace(tzinfo=UTC)
    """A seek acknowledges what was published before its moment, delivered or not."""

    def __init__(self, source: Source, pace: Pace, *, retained: dict[str, Message] | None = None) -> None:
        """Take the messages of a source; keep each by its id in `retained`."""
        self._retained = retained
        self.source = source
        self._pace = pace
        self._counts = Counts()
        self._backlog = Backlog(ordered=source.policy.ordering)
        self._capacity = asyncio.Event()
        self.duplicates = Duplicates(pace.random)

    def counts(self) -> Counts:
        """Return a copy of the counts so far."""
        return replace(self._counts, outstanding=len(self._backlog))

    async def run(self, pubsub: PubSub, http: aiohttp.ClientSession) -> None:
        """Relay until cancelled, then return the outstanding messages in one call.

        Stopping takes at most as long as one poll.
        """
        acknowledger = Acknowledger(self.source.path, pubsub)
        push = Push(self.source, http)
        worker = DeliveryWorker(
            source=self.source,
            pubsub=pubsub,
            push=push,
            acknowledger=acknowledger,
            pace=self._pace,
            counts=self._counts,
            duplicates=self.duplicates,
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(acknowledger.run())
                tasks.create_task(self._keep_leases(pubsub))
                await self._relay(pubsub, acknowledger, worker, tasks)
        finally:
            await self._extend_leases(pubsub, RETURN_LEASE_S)
            self._backlog = Backlog(ordered=self.source.policy.ordering)

    async def _relay(
        self, pubsub: PubSub, acknowledger: Acknowledger, worker: DeliveryWorker, tasks: asyncio.TaskGroup
    ) -> None:
        for message in self.sought:
            await self._wait_for_capacity()
            if outstanding := self._backlog.admit(Received(NO_ACK_ID, message)):
                tasks.create_task(self._deliver_key(worker, outstanding))
        while True:
            for received in await self._pull_page(pubsub):
                if self._retained is not None:
                    self._retained.setdefault(received.message.message_id, received.message)
                if self._needs_no_delivery(received.message):
                    tasks.create_task(acknowledger.acknowledge(received.ack_id))
                elif outstanding := self._backlog.admit(received):
                    tasks.create_task(self._deliver_key(worker, outstanding))
            await self._wait_for_capacity()

    def _needs_no_delivery(self, message: Message) -> bool:
        return (
            self._backlog.is_finished(message.message_id) or message.publish_time < self.acknowledged_before
        )

    async def _pull_page(self, pubsub: PubSub) -> list[Received]:
        poll = asyncio.ensure_future(self._pull_or_pause(pubsub))
        try:
            return await asyncio.shield(poll)
        except asyncio.CancelledError:
            for received in await poll:  # see `PubSub.pull`
                self._backlog.admit(received)
            raise

    async def _pull_or_pause(self, pubsub: PubSub) -> list[Received]:
        try:
            return await pubsub.pull(self.source.path, PULL_SIZE)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                raise
            log.warning("%s: pull failed, trying again: %s", self.source.name, error.code())
            await asyncio.sleep(PULL_PAUSE_S)
            return []

    async def _deliver_key(self, worker: DeliveryWorker, head: Outstanding) -> None:
        current: Outstanding | None = head
        while current:
            await worker.deliver(current)
            current = self._backlog.finish(current)
            self._capacity.set()

    async def _wait_for_capacity(self) -> None:
        while self._backlog.full:
            self._capacity.clear()
            await self._capacity.wait()

    async def _keep_leases(self, pubsub: PubSub) -> None:
        deadline = self.source.policy.ack_deadline_seconds
        while True:
            await asyncio.sleep(deadline / 3)
            await self._extend_leases(pubsub, deadline)

    async def _extend_leases(self, pubsub: PubSub, seconds: int) -> None:
        if ack_ids := self._backlog.ack_ids:
            # After a lapsed lease the message is only sent again, and the backlog recognises it.
            with contextlib.suppress(grpc.aio.AioRpcError):
                await pubsub.extend(self.source.path, ack_ids, seconds)
