"""Deliveries of one message at the same time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.emulator.consumer.creation import OrderCreation, order_creation, push
from tests.lab.stack.emulators import Emulators
from tests.messages import order
from tests.messages import push as pushed

pytestmark = pytest.mark.emulator

DELIVERIES = 20
ORDER_ID = order()["orderId"]


@pytest.fixture
async def creation(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[OrderCreation]:
    """Yield the function on the emulators."""
    async with order_creation(emulators, project, tmp_path) as creation:
        yield creation


@pytest.mark.parametrize("instances", [1, 4])
async def test_one_message_at_once_takes_effect_once(creation: OrderCreation, instances: int) -> None:
    """Twenty deliveries that start together leave one order, one claim and one set of event ids."""
    running = [creation.instance() for _ in range(instances)]
    gate = asyncio.Event()

    async def deliver(number: int) -> int:
        await gate.wait()
        return await push(running[number % instances], pushed(order(), attempt=number + 1))

    deliveries = [asyncio.create_task(deliver(number)) for number in range(DELIVERIES)]
    await asyncio.sleep(0)
    gate.set()
    answers = await asyncio.gather(*deliveries)

    assert set(answers) <= {204, 503}
    assert 204 in answers
    assert await creation.documents() == {"orders": 1, "processed_messages": 1, "failed_messages": 0}
    claim = (await creation.loaded(ORDER_ID)).claim
    assert claim is not None
    assert (await creation.event_ids()).keys() == {each.attributes["eventId"] for each in claim.outbox}


async def test_two_contents_of_one_order_at_once_leave_one(creation: OrderCreation) -> None:
    """Of two different orders under one id one is created, and the other is answered as a conflict."""
    bodies = [pushed(order(t1MembershipId=f"T1-{number}"), message_id=str(number)) for number in range(2)]
    instance = creation.instance()

    answers = await asyncio.gather(*(push(instance, body) for body in bodies))

    assert sorted(answers) == [204, 422]
    assert (await creation.documents())["orders"] == 1
