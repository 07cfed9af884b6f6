"""A relay at work on the emulator, in a project of the test's own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime

from tests.stack.relay import Counts, Relay
from tests.stack.relay.message import Message
from tests.stack.relay.pubsub import PubSub

TIMEOUT = 30.0


@contextlib.asynccontextmanager
async def relaying(relay: Relay) -> AsyncIterator[Relay]:
    """Provision and run a relay; stop it cleanly at the end."""
    await relay.provision()
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(relay.run())
        async with asyncio.timeout(TIMEOUT):
            yield relay
        run.cancel()


async def publish(
    host: str, topic: str, *messages: bytes, key: str = "", attributes: dict[str, str] | None = None
) -> None:
    """Publish data, one message each, in order; `topic` is the full resource name."""
    async with PubSub(host) as pubsub:
        for data in messages:
            await pubsub.publish(topic, Message(data, attributes or {}, "", datetime.now(UTC), key))


async def undelivered(host: str, subscription: str) -> Sequence[Message]:
    """Return what the emulator still holds of a subscription (full resource name) and would deliver now."""
    async with PubSub(host) as pubsub:
        pull = asyncio.create_task(pubsub.pull(subscription, 50))
        done, _ = await asyncio.wait([pull], timeout=1)
        pull.cancel()
        return [received.message for received in await pull] if done else []


async def counted(relay: Relay, subscription: str, reached: Callable[[Counts], bool]) -> Counts:
    """Wait until the counts of a subscription are as asked for; return them."""
    while not reached(counts := relay.counts()[subscription]):
        await asyncio.sleep(0.01)
    return counts
