"""A seek delivers again what was published since its moment, and nothing that is older."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.lab.stack.emulators import Emulators
from tests.lab.tests.receiver import receiving
from tests.lab.tests.relaying import counted, publish, relay_to, relaying

pytestmark = pytest.mark.emulator
SUBSCRIPTION = "order-release-sub"


async def test_a_seek_repeats_later_messages_and_drops_older_ones(emulators: Emulators, project: str) -> None:
    """As with Pub/Sub, an older message counts as acknowledged, whether it was delivered or not."""
    retained: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    topic = f"projects/{project}/topics/order-release"
    async with receiving() as function:
        urls = {"order_release": function.url}
        async with relaying(relay_to(emulators, project, urls, retained=retained)) as first:
            await publish(emulators.pubsub, topic, b"delivered before", key="c")
            await counted(first, SUBSCRIPTION, lambda counts: counts.acknowledged == 1)
        await publish(emulators.pubsub, topic, b"waited before", key="c")
        await asyncio.sleep(0.05)
        moment = datetime.now(UTC)
        await asyncio.sleep(0.05)
        async with relaying(relay_to(emulators, project, urls, retained=retained)) as second:
            await publish(emulators.pubsub, topic, b"delivered since", key="c")
            await counted(second, SUBSCRIPTION, lambda counts: counts.acknowledged == 2)
        await publish(emulators.pubsub, topic, b"waited since", key="c")

        third = relay_to(emulators, project, urls, retained=retained)
        assert third.seek(SUBSCRIPTION, moment) == 1
        async with relaying(third):
            await counted(third, SUBSCRIPTION, lambda counts: counts.acknowledged == 2)

    before = [b"delivered before", b"waited before", b"delivered since"]
    assert function.data == [*before, b"delivered since", b"waited since"]
