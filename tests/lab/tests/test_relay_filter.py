"""A subscription pushes only the messages that pass its filter."""

import pytest

from tests.lab.stack.emulators import Emulators
from tests.lab.tests.receiver import receiving
from tests.lab.tests.relaying import counted, publish, relay_to, relaying, undelivered

pytestmark = pytest.mark.emulator


async def test_filtered_out_messages_are_acknowledged_silently(emulators: Emulators, project: str) -> None:
    """Each filtered subscription pushes only what passes, and acknowledges the rest."""
    async with receiving() as ship, receiving() as short:
        relay = relay_to(
            emulators,
            project,
            {"ship": ship.url, "short": short.url},
        )
        async with relaying(relay):
            topic = f"projects/{project}/topics/fulfillment-events"
            for event in ("SHIP", "OTHER", "SHIP", "SHORT"):
                await publish(
                    emulators.pubsub, topic, event.encode(), key="c", attributes={"eventType": event}
                )
            await counted(relay, "ship-events-sub", lambda counts: counts.acknowledged == 2)
            counts = await counted(relay, "short-events-sub", lambda counts: counts.acknowledged == 1)
            await counted(relay, "short-events-sub", lambda counts: not counts.outstanding)
            await counted(relay, "fulfillment-events-unmatched-sub", lambda counts: counts.acknowledged == 1)
    taken = sorted((each.body["subscription"].rpartition("/")[2], each.data) for each in ship.pushes)
    assert taken == [
        ("fulfillment-events-unmatched-sub", b"OTHER"),
        ("ship-events-sub", b"SHIP"),
        ("ship-events-sub", b"SHIP"),
    ]
    assert short.data == [b"SHORT"]
    assert (counts.delivered, counts.failed) == (1, 0)
    assert not await undelivered(emulators.pubsub, f"projects/{project}/subscriptions/short-events-sub")
