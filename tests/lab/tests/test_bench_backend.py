"""The bench's backend speaks the wire protocol of Firestore and Pub/Sub from memory, over a real channel."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from shared.errors import LostRace
from shared.gcp.channel import open_channel
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import create, set_document
from tests.lab.bench.backend.control import keep, restore
from tests.lab.bench.backend.local import in_process
from tests.lab.bench.backend.subscriptions import MAX_PULL_BYTES
from tests.lab.stack import topology
from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.pubsub import PubSub


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[str, FirestoreRpc]]:
    """Yield the address of a backend, and Firestore's calls to it."""
    async with in_process() as (address, _), open_channel(address, "") as channel:
        yield address, FirestoreRpc(channel, "bench")


async def test_an_existing_document_is_not_created_again() -> None:
    """A commit that creates an existing document is refused as a whole."""
    async with serving() as (_, rpc):
        await rpc.commit([create(rpc.name("orders/1"), {"version": 1})])

        with pytest.raises(LostRace):
            await rpc.commit(
                [set_document(rpc.name("orders/2"), {}), create(rpc.name("orders/1"), {"version": 2})]
            )

        found = await rpc.get(["orders/1", "orders/2"])
        assert {path: each.fields["version"].integer_value for path, each in found.items()} == {"orders/1": 1}


async def test_restore_replaces_all_documents() -> None:
    """`restore` removes documents that were written after `keep`."""
    async with serving() as (address, rpc):
        await rpc.commit([create(rpc.name("orders/1"), {})])
        await keep(address, "one")
        await rpc.commit([create(rpc.name("orders/2"), {})])

        await restore(address, "one")

        assert set(await rpc.get(["orders/1", "orders/2"])) == {"orders/1"}


SUBSCRIPTION = "projects/bench/subscriptions/order-create-sub"
TOPIC = "projects/bench/topics/order-create"


@asynccontextmanager
async def subscribed() -> AsyncIterator[PubSub]:
    """Yield the relay's calls to a backend with one subscription."""
    policy = topology.load().subscriptions["order-create-sub"]
    async with in_process() as (address, _), PubSub(address) as pubsub:
        await pubsub.create_topic(TOPIC)
        await pubsub.create_subscription(SUBSCRIPTION, TOPIC, policy)
        yield pubsub


def message(data: bytes) -> Message:
    """Return a message to publish."""
    return Message(data, {"source": "QC-SMF"}, "", datetime.now(UTC), "CUST-1")


async def test_a_message_is_pulled_once_with_all_its_fields() -> None:
    """The relay gets what was published, with an id and a time, in order; an empty pull ends."""
    async with subscribed() as pubsub:
        for data in (b"first", b"second"):
            await pubsub.publish(TOPIC, message(data))
        first, second = await pubsub.pull(SUBSCRIPTION, 50)

        assert (first.message.data, second.message.data) == (b"first", b"second")
        assert (first.message.attributes, first.message.ordering_key) == ({"source": "QC-SMF"}, "CUST-1")
        assert first.message.message_id != second.message.message_id
        assert first.message.publish_time.year >= 2026
        await pubsub.acknowledge(SUBSCRIPTION, [first.ack_id, second.ack_id])
        await pubsub.extend(SUBSCRIPTION, [first.ack_id], 60)
        assert await pubsub.pull(SUBSCRIPTION, 50) == []


async def test_a_pull_waits_for_a_message() -> None:
    """A pull of an empty subscription ends with the next message."""
    async with subscribed() as pubsub:
        pull = asyncio.create_task(pubsub.pull(SUBSCRIPTION, 50))
        await asyncio.sleep(0.05)
        await pubsub.publish(TOPIC, message(b"late"))

        assert [each.message.data for each in await pull] == [b"late"]


async def test_a_response_fits_the_clients_window() -> None:
    """Many messages arrive in several pulls, all of them and in order."""
    async with subscribed() as pubsub:
        data = [f"{number:05}".encode() * 1_000 for number in range(50)]
        for each in data:
            await pubsub.publish(TOPIC, message(each))

        pulled: list[bytes] = []
        while len(pulled) < len(data):
            page = [each.message.data for each in await pubsub.pull(SUBSCRIPTION, 50)]
            assert 0 < sum(map(len, page)) <= MAX_PULL_BYTES
            pulled += page

        assert pulled == data
