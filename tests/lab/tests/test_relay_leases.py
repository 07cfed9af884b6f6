"""Leases are extended during every wait; a lapsed lease neither loses nor repeats a message."""

import asyncio

import pytest

from tests.lab.stack.emulators import Emulators
from tests.lab.stack.relay import Relay
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.topology import Topology, load
from tests.lab.tests.receiver import Pushed, receiving
from tests.lab.tests.relaying import counted, publish, relay_to, relaying, undelivered

pytestmark = pytest.mark.emulator


async def test_shutdown_returns_outstanding_messages(emulators: Emulators, project: str) -> None:
    """What a stopped relay did not finish, the next one delivers in order."""

    async def never(_: Pushed) -> int:
        await asyncio.Event().wait()
        return 204

    topic = f"projects/{project}/topics/order-release"
    async with receiving() as stuck, receiving() as function:
        stuck.answer = never
        first = relay_to(emulators, project, {"order_release": stuck.url})
        async with relaying(first):
            await publish(emulators.pubsub, topic, b"1", b"2", b"3", key="c")
            await stuck.arrived(1)
        assert first.counts()["order-release-sub"].outstanding == 0
        second = relay_to(emulators, project, {"order_release": function.url})
        async with relaying(second):
            await counted(second, "order-release-sub", lambda counts: counts.acknowledged == 3)
    assert function.data == [b"1", b"2", b"3"]


async def test_lapsed_lease_does_not_deliver_twice(emulators: Emulators, project: str) -> None:
    """A message that is redelivered during its push is not pushed again, and is acknowledged."""
    redelivered = asyncio.Event()

    async def wait_for_the_redelivery(_: Pushed) -> int:
        await redelivered.wait()
        return 204

    async with receiving() as function, PubSub(emulators.pubsub) as pubsub:
        function.answer = wait_for_the_redelivery
        relay = relay_to(emulators, project, {"order_release": function.url})
        async with relaying(relay):
            await publish(emulators.pubsub, _topic(project), b"1", b"2", key="c")
            await function.arrived(1)
            first = _ack_ids(relay)
            await pubsub.extend(_subscription(project), first, 1)
            while set(_ack_ids(relay)) & set(first):  # noqa: ASYNC110 - ack ids are no event
                await asyncio.sleep(0.01)
            redelivered.set()
            await counted(relay, "order-release-sub", lambda counts: counts.acknowledged == 2)
        assert function.data == [b"1", b"2"]
        assert not await undelivered(emulators.pubsub, _subscription(project))


async def test_lease_is_extended_through_a_backoff(emulators: Emulators, project: str) -> None:
    """A message that waits longer than its ack deadline stays leased and is not redelivered."""
    backing_off = asyncio.Event()

    async def back_off_for_two_deadlines(_: float) -> None:
        backing_off.set()
        await asyncio.sleep(4)

    async def fail_once(pushed: Pushed) -> int:
        return 503 if pushed.attempt == 1 else 204

    async with receiving() as function:
        function.answer = fail_once
        relay = relay_to(
            emulators,
            project,
            {"order_release": function.url},
            sleep=back_off_for_two_deadlines,
            topology=_with_short_deadline(),
        )
        async with relaying(relay):
            await publish(emulators.pubsub, _topic(project), b"1")
            await backing_off.wait()
            leased = _ack_ids(relay)
            await asyncio.sleep(3.5)
            assert _ack_ids(relay) == leased
            await counted(relay, "order-release-sub", lambda counts: counts.acknowledged == 1)
    assert [pushed.attempt for pushed in function.pushes] == [1, 2]


def _topic(project: str) -> str:
    return f"projects/{project}/topics/order-release"


def _subscription(project: str) -> str:
    return f"projects/{project}/subscriptions/order-release-sub"


def _ack_ids(relay: Relay) -> list[str]:
    # Only the ack id of the outstanding message shows a redelivery.
    return relay._relays["order-release-sub"]._backlog.ack_ids


def _with_short_deadline() -> Topology:
    """Return the topology with an ack deadline that Pub/Sub refuses and the emulator accepts."""
    topology = load()
    policy = topology.subscriptions["order-release-sub"].model_copy(update={"ack_deadline_seconds": 2})
    return topology.model_copy(update={"subscriptions": {"order-release-sub": policy}})
