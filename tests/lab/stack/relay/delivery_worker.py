"""Delivery of one message until its function acknowledges it, or until it is dead-lettered."""

import asyncio
import logging
from dataclasses import replace

import grpc

from tests.lab.stack.filters import parse
from tests.lab.stack.relay.acknowledger import Acknowledger
from tests.lab.stack.relay.backlog import Outstanding
from tests.lab.stack.relay.counts import Counts
from tests.lab.stack.relay.duplicates import Duplicates
from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.pace import Pace
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.relay.push import Push
from tests.lab.stack.relay.push_backoff import PushBackoff
from tests.lab.stack.relay.source import Source
from tests.lab.stack.relay.verdict import Acknowledge, DeadLetter, Retry, backoff, decide_next, is_last

log = logging.getLogger(__name__)

PUSH_WINDOW = 64  # concurrent pushes of one subscription


class DeliveryWorker:
    """Delivers the messages of one subscription; one call of `deliver` handles all attempts of a message."""

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
        self._filter = parse(source.policy.filter)
        self._window = asyncio.Semaphore(PUSH_WINDOW)
        self._backoff = PushBackoff()

    async def deliver(self, outstanding: Outstanding) -> None:
        """Push a message until it is finished; return when the emulator has the acknowledgement.

        A message that the filter excludes is acknowledged without a push.
        """
        if not self._filter(outstanding.message.attributes):
            await self._acknowledger.acknowledge(outstanding.ack_id)
            return
        while not await self._attempt(outstanding):
            outstanding.attempt += 1

    async def _attempt(self, outstanding: Outstanding) -> bool:
        succeeded = await self._push_once(outstanding)
        match decide_next(self._source.policy, outstanding.attempt, self._pace.random, succeeded=succeeded):
            case Acknowledge():
                return await self._acknowledge(outstanding)
            case Retry(after):
                await self._pace.pause(after)
                return False
            case DeadLetter():
                await self._dead_letter(outstanding)
                return True

    async def _push_once(self, outstanding: Outstanding) -> bool:
        async with self._window:
            await self._pace.wait_until(self._backoff.paused_until)
            self._counts.delivered += 1
            succeeded = await self._push(outstanding)
        self._counts.failed += not succeeded
        self._backoff.answered(self._pace.now(), refused=not succeeded)
        self._counts.paused_seconds = self._backoff.paused_seconds
        return succeeded

    async def _acknowledge(self, outstanding: Outstanding) -> bool:
        last = is_last(self._source.policy, outstanding.attempt)
        if not last and self._duplicates.choose(outstanding.message.message_id):
            return False
        await self._acknowledger.acknowledge(outstanding.ack_id)
        self._counts.acknowledged += 1
        return True

    async def _dead_letter(self, outstanding: Outstanding) -> None:
        # Publish before acknowledging: a crash in between repeats the dead letter instead of losing it.
        failures = 1
        while not await self._publish_dead_letter(outstanding):
            await self._pace.pause(backoff(self._source.policy, failures, self._pace.random))
            failures += 1
        await self._acknowledger.acknowledge(outstanding.ack_id)
        self._counts.dead_lettered += 1

    async def _publish_dead_letter(self, outstanding: Outstanding) -> bool:
        topic = self._source.dead_letter_path
        message = dead_letter_of(self._source, outstanding.message, outstanding.attempt)
        try:
            await self._pubsub.publish(str(topic), message)
        except grpc.aio.AioRpcError as error:
            log.warning(
                "%s: publishing the dead letter failed, trying again: %s", self._source.name, error.code()
            )
            return False
        return True


def dead_letter_of(source: Source, message: Message, attempts: int) -> Message:
    """Return the message for the dead-letter topic, with its origin in the four attributes of Pub/Sub."""
    prefix = "CloudPubSubDeadLetterSource"
    origin = {
        f"{prefix}DeliveryCount": str(attempts),
        f"{prefix}Subscription": source.name,
        f"{prefix}SubscriptionProject": source.project,
        f"{prefix}TopicPublishTime": message.publish_time.isoformat(timespec="milliseconds"),
    }
    return replace(message, attributes={**message.attributes, **origin})
