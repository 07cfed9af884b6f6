"""Deliveries that publish at the same moment share calls; none loses an event or waits for another one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
import pytest

from shared.contracts.outgoing import OutgoingMessage
from shared.errors import PublishUnavailable
from shared.gcp.channel import open_channel
from shared.gcp.pubsub import MAX_BATCH_MESSAGES, PubsubPublisher
from shared.telemetry.trace_context import trace_attributes
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.fault_plan import Fault, FaultPlan, Kind
from tests.lab.stack.faults import FaultProxy

pytestmark = pytest.mark.emulator

TOPIC = "order-events"


def message(text: str, topic: str = TOPIC) -> OutgoingMessage:
    """Return a message of some data."""
    return OutgoingMessage(topic=topic, ordering_key="C", attributes={}, data=text.encode())


@pytest.fixture
def plan() -> FaultPlan:
    """Return the plan of faults between publisher and emulator, which counts calls."""
    return FaultPlan()


@pytest.fixture
async def publisher(emulators: Emulators, project: str, plan: FaultPlan) -> AsyncIterator[PubsubPublisher]:
    """Yield a publisher behind a fault proxy; its topics exist."""
    async with grpc.aio.insecure_channel(emulators.pubsub) as channel:
        for topic in (TOPIC, "reservation-events"):
            name = f"projects/{project}/topics/{topic}".encode()
            create: Any = channel.unary_unary("/google.pubsub.v1.Publisher/CreateTopic")
            await create(b"\x0a" + bytes([len(name)]) + name)
    async with FaultProxy(emulators.pubsub, plan) as address, open_channel(address, "") as channel:
        yield PubsubPublisher(channel, project, trace_attributes)


async def test_simultaneous_deliveries_share_a_call_per_topic(
    publisher: PubsubPublisher, plan: FaultPlan
) -> None:
    """Ten deliveries of two topics each make one call per topic."""
    both = [message("a"), message("b", "reservation-events")]

    await asyncio.gather(*(publisher.publish(both) for _ in range(10)))

    assert plan.calls["Publish"] == 2


async def test_a_call_holds_no_more_than_pubsub_takes(publisher: PubsubPublisher, plan: FaultPlan) -> None:
    """What would be too much for one call goes out in several, no delivery's messages torn apart."""
    half = [message("x") for _ in range(MAX_BATCH_MESSAGES // 2 + 1)]

    await asyncio.gather(publisher.publish(half), publisher.publish(half))
    await asyncio.gather(publisher.publish([message("x" * 4_900_000)]), publisher.publish(half))

    assert plan.calls["Publish"] == 4


async def test_a_delivery_with_more_than_a_call_takes_makes_several(
    publisher: PubsubPublisher, plan: FaultPlan
) -> None:
    """Hundreds of steps of one large order go out one call after the other."""
    await publisher.publish([message("x" * 900_000) for _ in range(12)])

    assert plan.calls["Publish"] == 3


async def test_a_failed_call_fails_every_delivery_in_it_and_no_later_one(
    publisher: PubsubPublisher, plan: FaultPlan
) -> None:
    """Every delivery in a failed call gets the error; the next call is not affected."""
    plan.add(Fault(method="Publish", kind=Kind.BEFORE, times=1))

    outcomes = await asyncio.gather(
        *(publisher.publish([message("a")]) for _ in range(3)), return_exceptions=True
    )
    await publisher.publish([message("b")])

    assert [type(each) for each in outcomes] == [PublishUnavailable] * 3


async def test_a_cancelled_delivery_does_not_take_others_along(
    publisher: PubsubPublisher, plan: FaultPlan
) -> None:
    """A delivery that is cancelled during its call leaves the others in the call undisturbed."""
    plan.add(Fault(method="Publish", kind=Kind.DELAY, seconds=0.2))
    first, second = (asyncio.create_task(publisher.publish([message(text)])) for text in "ab")
    await asyncio.sleep(0.05)

    first.cancel()
    await second

    assert first.cancelled()
    assert plan.calls["Publish"] == 1
