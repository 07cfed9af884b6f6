"""How often a delivery goes to Firestore and Pub/Sub, counted at the wire."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.emulator.consumer.creation import OrderCreation, order_creation, push
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.polling import until
from tests.messages import order
from tests.messages import push as pushed

pytestmark = pytest.mark.emulator


@pytest.fixture
async def creation(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[OrderCreation]:
    """Yield the function behind counting proxies."""
    async with order_creation(emulators, project, tmp_path) as creation:
        yield creation


async def marked_sent(creation: OrderCreation, order_id: str = order()["orderId"]) -> None:
    """Return when the claim of an order says that its events are published."""

    async def marked() -> bool:
        claim = (await creation.loaded(order_id)).claim
        return claim is not None and claim.published_at is not None

    await until(marked)


def on_the_path(creation: OrderCreation) -> dict[str, int]:
    """Return the counts of calls to Firestore without the published marks, which may be written meanwhile."""
    return {name: count for name, count in creation.firestore.calls.items() if name != "BatchWrite"}


async def test_an_order_is_one_commit_and_one_publish_per_topic(creation: OrderCreation) -> None:
    """Creating an order reads nothing, commits once and publishes once to each of its two topics."""
    assert await push(creation.instance(), pushed(order())) == 204

    assert on_the_path(creation) == {"Commit": 1}
    assert creation.pubsub.calls == {"Publish": 2}


async def test_the_published_mark_is_one_batch_write_after_the_answer(creation: OrderCreation) -> None:
    """Marking the claim as published is one more call, off the path, for all claims of a moment together."""
    instance = creation.instance()
    for number in range(3):
        await push(instance, pushed(order(f"QC-{number}")))

    for number in range(3):
        await marked_sent(creation, f"QC-{number}")

    assert creation.firestore.calls["BatchWrite"] <= 2
    assert creation.firestore.calls["Commit"] == 3


async def test_a_duplicate_is_one_refused_commit_and_one_read(creation: OrderCreation) -> None:
    """A duplicate with a published outbox tries to commit, reads once and publishes nothing."""
    instance = creation.instance()
    await push(instance, pushed(order()))
    await marked_sent(creation)
    creation.firestore.clear()
    creation.pubsub.clear()

    assert await push(instance, pushed(order(), message_id="1002")) == 204

    assert creation.firestore.calls == {"Commit": 1, "BatchGetDocuments": 1}
    assert creation.pubsub.calls == {}


async def test_a_rejected_message_is_one_write(creation: OrderCreation) -> None:
    """A message that breaks its contract costs the record of its failure and no other call."""
    assert await push(creation.instance(), pushed({"orderId": "QC-1"})) == 422

    assert creation.firestore.calls == {"Commit": 1}
    assert creation.pubsub.calls == {}
