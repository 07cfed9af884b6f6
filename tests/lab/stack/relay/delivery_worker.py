"""Brings one message to its end: acknowledged by its function, or in the dead-letter topic."""

import asyncio
import logging

import grpc

from tests.lab.stack.filters import parse
from tests.lab.stack.relay.acknowledger import Acknowledger
from tests.lab.stack.relay.backlog import Outstanding
from tests.lab.stack.relay.counts import Counts
from tests.lab.stack.relay.dead_letter import dead_letter
from tests.lab.stack.relay.duplicates import Duplicates
from tests.lab.stack.relay.pace import Pace
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.relay.push import Push
from tests.lab.stack.relay.source import Source
from tests.lab.stack.relay.verdict import Acknowledge, DeadLetter, Retry, backoff, is_last, verdict

log = logging.getLogger(__name__)

PUSH_WINDOW = 64  # pushes under way at once, per subscription


class Courier:
    """Carries the messages of one subscription; each call of `carry` is one message's whole way."""

    def __init__(
        self,
        *,
        source: Source,
        pubsub: PubSub,
        push: Push,
        acknowledger: Acknowledger,
        pace: Pace,
        counts: Counts,
        duplicates: Duplicates,
    ) -> None:
        self._source = source
        self._pubsub = pubsub
        self._push = push
        self._acknowledger = acknowledger
        self._pace = pace
        self._counts = counts
        self._duplicates = duplicates
        self._passes = parse(source.policy.filter)
        self._window = asyncio.Semaphore(PUSH_WINDOW)

    async def carry(self, outstanding: Outstanding) -> None:
        """Push a message until its end; return when the emulator has been told.

        A message that the filter leaves out is acknowledged without a push.
        """
        if not self._passes(outstanding.message.attributes):
            await self._acknowledger.acknowledge(outstanding.ack_id)
            return
        while not await self._attempted(outstanding):
            outstanding.attempt += 1

    async def _attempted(self, outstanding: Outstanding) -> bool:
        succeeded = await self._pushed(outstanding)
        match verdict(self._source.policy, outstanding.attempt, self._pace.random, succeeded=succeeded):
            case Acknowledge():
                return await self._acknowledged(outstanding)
            case Retry(after):
                await self._pace.pause(after)
                return False
            case DeadLetter():
                await self._dead_lettered(outstanding)
                return True

    async def _pushed(self, outstanding: Outstanding) -> bool:
        async with self._window:
            self._counts.delivered += 1
            succeeded = await self._push(outstanding)
        self._counts.failed += not succeeded
        return succeeded

    async def _acknowledged(self, outstanding: Outstanding) -> bool:
        last = is_last(self._source.policy, outstanding.attempt)
        if not last and self._duplicates.choose(outstanding.message.message_id):
            return False
        await self._acknowledger.acknowledge(outstanding.ack_id)
        self._counts.acknowledged += 1
        return True

    async def _dead_lettered(self, outstanding: Outstanding) -> None:
        # Acknowledged only once it is published: a crash in between repeats the dead letter, never loses it.
        failures = 1
        while not await self._published(outstanding):
            await self._pace.pause(backoff(self._source.policy, failures, self._pace.random))
            failures += 1
        await self._acknowledger.acknowledge(outstanding.ack_id)
        self._counts.dead_lettered += 1

    async def _published(self, outstanding: Outstanding) -> bool:
        topic = self._source.dead_letter_path
        message = dead_letter(self._source, outstanding.message, outstanding.attempt)
        try:
            await self._pubsub.publish(str(topic), message)
        except grpc.aio.AioRpcError as error:
            log.warning("%s: dead letter not published, trying again: %s", self._source.name, error.code())
            return False
        return True
