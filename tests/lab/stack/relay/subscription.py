"""Relays one subscription: pulls into the backlog, keeps the leases, and sends couriers."""

import asyncio
import contextlib
import logging
from dataclasses import replace

import aiohttp
import grpc

from tests.lab.stack.relay.acknowledger import Acknowledger
from tests.lab.stack.relay.backlog import Backlog, Outstanding
from tests.lab.stack.relay.counts import Counts
from tests.lab.stack.relay.delivery_worker import Courier
from tests.lab.stack.relay.duplicates import Duplicates
from tests.lab.stack.relay.message import Received
from tests.lab.stack.relay.pace import Pace
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.relay.push import Push
from tests.lab.stack.relay.source import Source

log = logging.getLogger(__name__)

PAGE = 50  # messages of 10 MB each still fit into memory
PULL_PAUSE = 1.0
# Not 0: what is given back at once, the emulator puts behind later messages of its key; a lapsed lease keeps
# their order.
GIVE_BACK = 1


class SubscriptionRelay:
    """Pushes the messages of one subscription while `run` runs."""

    def __init__(self, source: Source, pace: Pace) -> None:
        self._source = source
        self._pace = pace
        self._counts = Counts()
        self._backlog = Backlog(ordered=source.policy.ordering)
        self._room = asyncio.Event()
        self.duplicates = Duplicates(pace.random)

    def counts(self) -> Counts:
        """Return the numbers so far, as a copy."""
        return replace(self._counts, outstanding=len(self._backlog))

    async def run(self, pubsub: PubSub, http: aiohttp.ClientSession) -> None:
        """Relay until cancelled, then give back what is outstanding, in one call.

        The end takes as long as a poll is held open, at most.
        """
        acknowledger = Acknowledger(self._source.path, pubsub)
        push = Push(self._source, http)
        courier = Courier(
            source=self._source,
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
                await self._relay(pubsub, acknowledger, courier, tasks)
        finally:
            await self._extend_leases(pubsub, GIVE_BACK)
            self._backlog = Backlog(ordered=self._source.policy.ordering)

    async def _relay(
        self, pubsub: PubSub, acknowledger: Acknowledger, courier: Courier, tasks: asyncio.TaskGroup
    ) -> None:
        while True:
            for received in await self._page(pubsub):
                if self._backlog.is_settled(received.message.message_id):
                    tasks.create_task(acknowledger.acknowledge(received.ack_id))
                elif outstanding := self._backlog.admit(received):
                    tasks.create_task(self._carry(courier, outstanding))
            await self._has_room()

    async def _page(self, pubsub: PubSub) -> list[Received]:
        poll = asyncio.ensure_future(self._pulled(pubsub))
        try:
            return await asyncio.shield(poll)
        except asyncio.CancelledError:
            for received in await poll:  # see `PubSub.pull`
                self._backlog.admit(received)
            raise

    async def _pulled(self, pubsub: PubSub) -> list[Received]:
        try:
            return await pubsub.pull(self._source.path, PAGE)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                raise
            log.warning("%s: pull failed, trying again: %s", self._source.name, error.code())
            await asyncio.sleep(PULL_PAUSE)
            return []

    async def _carry(self, courier: Courier, head: Outstanding) -> None:
        current: Outstanding | None = head
        while current:
            await courier.carry(current)
            current = self._backlog.settle(current)
            self._room.set()

    async def _has_room(self) -> None:
        while self._backlog.full:
            self._room.clear()
            await self._room.wait()

    async def _keep_leases(self, pubsub: PubSub) -> None:
        deadline = self._source.policy.ack_deadline_seconds
        while True:
            await asyncio.sleep(deadline / 3)
            await self._extend_leases(pubsub, deadline)

    async def _extend_leases(self, pubsub: PubSub, seconds: int) -> None:
        if ack_ids := self._backlog.ack_ids:
            # A lease that lapses only brings its message again, which the backlog notices.
            with contextlib.suppress(grpc.aio.AioRpcError):
                await pubsub.extend(self._source.path, ack_ids, seconds)
