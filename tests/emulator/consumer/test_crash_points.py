"""A delivery is cut off at every point of its way; redelivered, it ends as if nothing had happened."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from shared.domain.order import Order
from shared.domain.refs import order_ref
from tests.emulator.consumer.creation import OrderCreation, order_creation, push
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.fault_plan import Fault, Kind
from tests.lab.stack.functions import serving
from tests.lab.stack.output import to_files
from tests.lab.stack.paths import ROOT
from tests.lab.stack.polling import until
from tests.messages import order
from tests.messages import push as pushed

pytestmark = pytest.mark.emulator

ORDER_ID = order()["orderId"]
TOO_LONG = 600.0


def body() -> bytes:
    """Return a push of the example, by a subscription of the test's project."""
    return pushed(order())


@pytest.fixture
async def creation(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[OrderCreation]:
    """Yield the function behind proxies that fail its calls on demand."""
    async with order_creation(emulators, project, tmp_path) as creation:
        yield creation


async def assert_happened_once(creation: OrderCreation) -> None:
    """Check that there is one order, one claim, and no event with any other id than the claim's."""
    assert await creation.documents() == {"orders": 1, "processed_messages": 1, "failed_messages": 0}
    loaded = await creation.loaded(ORDER_ID)
    stored = loaded.state[order_ref(ORDER_ID)]
    assert isinstance(stored, Order)
    assert (stored.version, stored.totals.total_minor) == (1, 133398)
    assert loaded.claim is not None
    ids = [each.attributes["eventId"] for each in loaded.claim.outbox]
    assert len(set(ids)) == 4
    assert (await creation.event_ids()).keys() == set(ids)


async def test_a_failure_before_the_commit(creation: OrderCreation) -> None:
    """A commit that never arrives leaves nothing, and the redelivery is the first."""
    creation.firestore.add(Fault(method="Commit", contains="QC-2024", times=2))

    assert await creation.deliver(creation.instance(), body()) == [503, 503, 204]

    await assert_happened_once(creation)


async def test_a_crash_before_the_commit(creation: OrderCreation) -> None:
    """An instance that dies while its commit is on the way leaves the redelivery to another one."""
    creation.firestore.add(Fault(method="Commit", kind=Kind.DELAY, seconds=TOO_LONG))
    await die_when(lambda: creation.firestore.calls["Commit"] == 1, creation)

    assert await creation.deliver(creation.instance(), body()) == [204]

    await assert_happened_once(creation)


async def test_a_commit_with_a_lost_answer(creation: OrderCreation) -> None:
    """The commit was applied although its answer was lost: the redelivery finds it, and publishes."""
    creation.firestore.add(Fault(method="Commit", contains="processed_messages", kind=Kind.AFTER))

    assert await creation.deliver(creation.instance(), body()) == [503, 204]

    await assert_happened_once(creation)


async def test_a_failed_publish_is_not_acknowledged(creation: OrderCreation) -> None:
    """Events that Pub/Sub does not take keep the message from being acknowledged until it does."""
    creation.pubsub.add(Fault(method="Publish", times=4))

    assert await creation.deliver(creation.instance(), body()) == [503, 503, 204]

    await assert_happened_once(creation)


@pytest.mark.parametrize("topic", ["order-events", "reservation-events"])
async def test_a_failure_between_the_topics(creation: OrderCreation, topic: str) -> None:
    """Where only one of two topics takes its events, the redelivery publishes to both, with the same ids."""
    creation.pubsub.add(Fault(method="Publish", contains=f"topics/{topic}"))

    assert await creation.deliver(creation.instance(), body()) == [503, 204]

    await assert_happened_once(creation)


async def test_a_publish_with_a_lost_answer(creation: OrderCreation) -> None:
    """Pub/Sub stored the events although its answer was lost: they are published again with the same ids."""
    creation.pubsub.add(Fault(method="Publish", kind=Kind.AFTER, times=2))

    assert await creation.deliver(creation.instance(), body()) == [503, 204]

    assert set((await creation.event_ids()).values()) == {2}


async def test_a_crash_between_commit_and_publish(creation: OrderCreation) -> None:
    """After an instance dies while it publishes, the next delivery publishes the order's events."""
    creation.pubsub.add(Fault(method="Publish", kind=Kind.DELAY, seconds=TOO_LONG, times=2))
    await die_when(lambda: creation.pubsub.calls["Publish"] == 2, creation)
    assert (await creation.documents())["orders"] == 1
    assert await creation.event_ids() == {}

    assert await creation.deliver(creation.instance(), body()) == [204]

    await assert_happened_once(creation)


async def test_a_crash_between_publish_and_answer(creation: OrderCreation) -> None:
    """After an instance dies before its answer and its mark, the next delivery publishes the events again."""
    creation.firestore.add(Fault(method="BatchWrite", times=99))
    with pytest.raises(ConnectionResetError):
        await push(dying_at_the_answer(creation.instance()), body())

    assert await creation.deliver(creation.instance(), body()) == [204]

    assert set((await creation.event_ids()).values()) == {2}
    assert await creation.documents() == {"orders": 1, "processed_messages": 1, "failed_messages": 0}


async def test_the_events_of_a_killed_process_are_published(creation: OrderCreation, tmp_path: Path) -> None:
    """A process killed between commit and publish is restarted; the redelivery publishes the events."""
    source = {"order_create": ROOT / "functions" / "order_create" / "main.py"}
    creation.pubsub.add(Fault(method="Publish", kind=Kind.DELAY, seconds=TOO_LONG, times=2))
    environ = {"order_create": creation.environ}
    async with serving(source, environ, to_files(tmp_path)) as processes, aiohttp.ClientSession() as http:
        process = processes["order_create"]
        lost = asyncio.create_task(post(http, process.url))
        await until(lambda: creation.pubsub.calls["Publish"] == 2)
        os.killpg(process.pid, signal.SIGKILL)
        with pytest.raises(aiohttp.ClientError):
            await lost
        await until(process.answers)

        assert await post(http, process.url) == 204

    await assert_happened_once(creation)


async def post(http: aiohttp.ClientSession, url: str) -> int:
    """Post the message to a process; return the status it answers with."""
    async with http.post(url, data=body()) as answer:
        return answer.status


async def die_when(reached: Callable[[], bool], creation: OrderCreation) -> None:
    """Push to an instance and end it where the condition holds, as a crash does: nothing is cleaned up."""
    delivery = asyncio.create_task(push(creation.instance(), body()))
    await until(reached)
    delivery.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await delivery
    creation.firestore.clear()
    creation.pubsub.clear()


def dying_at_the_answer(instance: Any) -> Any:
    """Wrap an instance so that its connection breaks when it begins to answer."""

    async def asgi(scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        async def broken_send(message: MutableMapping[str, Any]) -> None:
            raise ConnectionResetError

        await instance(scope, receive, broken_send)

    return asgi
