"""A running relay on the emulator, in a project of the test."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from tests.lab.stack.emulators import Emulators
from tests.lab.stack.relay import Counts, Relay
from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.topology import Topology, load

TIMEOUT = 30.0


def relay_to(
    emulators: Emulators,
    project: str,
    urls: Mapping[str, str],
    *,
    time_scale: float = 1.0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    topology: Topology | None = None,
    retained: defaultdict[str, dict[str, Message]] | None = None,
) -> Relay:
    """Return a relay of the project's topology to the given functions."""
    return Relay(
        project=project,
        pubsub_host=emulators.pubsub,
        topology=topology or load(),
        urls={function: [url] for function, url in urls.items()},
        time_scale=time_scale,
        sleep=sleep,
        retained=retained,
    )


@contextlib.asynccontextmanager
async def relaying(relay: Relay) -> AsyncIterator[Relay]:
    """Provision and run a relay; stop it cleanly on exit."""
    await relay.provision()
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(relay.run())
        async with asyncio.timeout(TIMEOUT):
            yield relay
        run.cancel()


async def publish(
    host: str, topic: str, *messages: bytes, key: str = "", attributes: dict[str, str] | None = None
) -> None:
    """Publish each text as one message, in order; `topic` is the full resource name."""
    async with PubSub(host) as pubsub:
        for data in messages:
            await pubsub.publish(topic, Message(data, attributes or {}, "", datetime.now(UTC), key))


async def undelivered(host: str, subscription: str) -> Sequence[Message]:
    """Return what the emulator still holds and would deliver for a subscription (full resource name)."""
    async with PubSub(host) as pubsub:
        return [received.message for received in await pubsub.pull(subscription, 50)]


async def counted(relay: Relay, subscription: str, reached: Callable[[Counts], bool]) -> Counts:
    """Wait until a subscription has the expected counts; return them."""
    while not reached(counts := relay.counts()[subscription]):  # noqa: ASYNC110 - counts are no event
        await asyncio.sleep(0.01)
    return counts
