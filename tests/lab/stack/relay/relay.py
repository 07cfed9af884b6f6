"""The relay of all subscriptions of a topology."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from random import Random

import aiohttp

from tests.lab.stack.relay.counts import Counts
from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.pace import Pace
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.relay.source import Source
from tests.lab.stack.relay.subscription import SubscriptionRelay
from tests.lab.stack.topology import Topology


class Relay:
    """Pushes the messages of every subscription to its function, if the function has a URL.

    `retained` keeps every pulled message for `seek`, by subscription and message id; None keeps none. (The
    emulator cannot seek an ordered subscription.)
    `urls` maps function names to the URLs of their instances. `time_scale` multiplies every backoff;
    deadlines and leases stay in real seconds.
    """

    def __init__(
        self,
        *,
        project: str,
        pubsub_host: str,
        topology: Topology,
        urls: Mapping[str, Sequence[str]],
        time_scale: float = 1.0,
        retained: defaultdict[str, dict[str, Message]] | None = None,
        random: Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._project = project
        self._host = pubsub_host
        self._topology = topology
        self._retained = defaultdict(dict) if retained is None else retained
        pace = Pace(time_scale, random or Random(), sleep)  # noqa: S311 - jitter, not a secret
        self._relays = {
            name: SubscriptionRelay(
                Source(project, name, policy, [*urls[policy.function]]),
                pace,
                retained=None if retained is None else retained[name],
            )
            for name, policy in topology.all_subscriptions.items()
            if policy.function in urls
        }

    async def provision(self, *, unserved: bool = True) -> None:
        """Create all missing topics and subscriptions on the emulator.

        With `unserved=False`, skip subscriptions without a URL: the emulator never frees their messages, and
        an ordered subscription keeps a thread for each of its ordering keys.
        """
        async with PubSub(self._host) as pubsub:
            await asyncio.gather(
                *(pubsub.create_topic(self._topic(name)) for name in self._topology.all_topics)
            )
            await asyncio.gather(
                *(
                    pubsub.create_subscription(
                        f"projects/{self._project}/subscriptions/{name}",
                        self._topic(policy.topic),
                        policy,
                    )
                    for name, policy in self._topology.all_subscriptions.items()
                    if unserved or name in self._relays
                )
            )

    def seek(self, subscription: str, moment: datetime) -> int:
        """Deliver what was published since a moment, and nothing older, as Pub/Sub's seek; call before `run`.

        Return how many of them the relay delivers again. Raises KeyError for a subscription without a relay.
        """
        relay, retained = self._relays[subscription], self._retained[subscription].values()
        relay.sought = [each for each in retained if each.publish_time >= moment]
        relay.acknowledged_before = moment
        return len(relay.sought)

    async def run(self) -> None:
        """Relay until cancelled, then return all outstanding messages to the emulator.

        Raises grpc.aio.AioRpcError, in an exception group, if a subscription does not exist.
        """
        # No limit here: each subscription limits its own pushes. A function's server closes connections after
        # 2 idle seconds; reusing one at that moment would fail a push that never reached the function.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=1)
        async with (
            PubSub(self._host) as pubsub,
            aiohttp.ClientSession(connector=connector) as http,
            asyncio.TaskGroup() as tasks,
        ):
            for relay in self._relays.values():
                tasks.create_task(relay.run(pubsub, http))
            await asyncio.Event().wait()

    def push_to(self, urls: Mapping[str, Sequence[str]]) -> None:
        """Push to other instances from now on, by function."""
        for relay in self._relays.values():
            relay.source.urls[:] = urls[relay.source.policy.function]

    def counts(self) -> dict[str, Counts]:
        """Return the counts of each relayed subscription, by its short name."""
        return {name: relay.counts() for name, relay in self._relays.items()}

    def duplicate(self, subscription: str, *, next_messages: int = 0, ratio: float = 0.0) -> None:
        """Deliver the next messages of a subscription twice, and a ratio (0 to 1) of all later ones.

        Raises KeyError for a subscription that is not relayed.
        """
        self._relays[subscription].duplicates.demand(next_messages=next_messages, ratio=ratio)

    def _topic(self, name: str) -> str:
        return f"projects/{self._project}/topics/{name}"
