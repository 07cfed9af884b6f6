"""A message is delivered twice on demand."""

import pytest

from tests.lab.stack.emulators import Emulators
from tests.lab.tests.receiver import receiving
from tests.lab.tests.relaying import counted, publish, relay_to, relaying

pytestmark = pytest.mark.emulator

QUICK = 0.005  # a backoff of a second takes five milliseconds


async def test_the_next_messages_are_delivered_twice(emulators: Emulators, project: str) -> None:
    """The next messages are delivered twice with the same id, and later ones once."""
    async with receiving() as function:
        relay = relay_to(emulators, project, {"order_release": function.url}, time_scale=QUICK)
        relay.duplicate("order-release-sub", next_messages=2)
        async with relaying(relay):
            topic = f"projects/{project}/topics/order-release"
            await publish(emulators.pubsub, topic, b"1", b"2", b"3", key="c")
            counts = await counted(relay, "order-release-sub", lambda counts: counts.acknowledged == 3)
    assert function.data == [b"1", b"1", b"2", b"2", b"3"]
    assert len({pushed.body["message"]["messageId"] for pushed in function.pushes}) == 3
    assert [pushed.attempt for pushed in function.pushes] == [1, 2, 1, 2, 1]
    assert (counts.delivered, counts.failed) == (5, 0)
