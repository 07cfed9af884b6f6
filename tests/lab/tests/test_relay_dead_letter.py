"""A message without attempts left is published to the dead-letter topic, and never lost."""

import asyncio

import pytest

from tests.lab.stack.emulators import Emulators
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.topology import load
from tests.lab.tests.receiver import Pushed, receiving
from tests.lab.tests.relaying import counted, publish, relay_to, relaying, undelivered

pytestmark = pytest.mark.emulator

QUICK = 0.005  # a backoff of a second takes five milliseconds


async def test_fifth_failure_dead_letters_with_the_origin(emulators: Emulators, project: str) -> None:
    """After 5 attempts the message is on the dead-letter topic, with its origin in four attributes."""
    async with receiving() as function, receiving() as dlq:
        function.answer = _reject
        relay = relay_to(
            emulators,
            project,
            {"order_release": function.url, "dlq": dlq.url},
            time_scale=QUICK,
        )
        async with relaying(relay):
            topic = f"projects/{project}/topics/order-release"
            await publish(emulators.pubsub, topic, b"{}", key="c", attributes={"source": "QC-SMF"})
            await counted(relay, "order-release-dlq-sub", lambda counts: counts.acknowledged == 1)
            counts = await counted(relay, "order-release-sub", lambda counts: not counts.outstanding)
    assert (counts.delivered, counts.failed, counts.acknowledged, counts.dead_lettered) == (5, 5, 0, 1)
    source, dead = function.pushes[0].body["message"], dlq.pushes[0].body["message"]
    assert (dead["data"], dead["orderingKey"]) == (source["data"], "c")
    assert dead["messageId"] != source["messageId"]
    assert dead["attributes"] == {
        "source": "QC-SMF",
        "CloudPubSubDeadLetterSourceSubscription": "order-release-sub",
        "CloudPubSubDeadLetterSourceSubscriptionProject": project,
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceTopicPublishTime": source["publishTime"].replace("Z", "+00:00"),
    }
    assert not await undelivered(emulators.pubsub, f"projects/{project}/subscriptions/order-release-sub")


async def test_without_a_dead_letter_topic_retries_do_not_end(emulators: Emulators, project: str) -> None:
    """Without a dead-letter topic, pushes have no attempt number and go on after the fifth."""
    async with receiving() as dlq:

        async def fail_six_times(_: Pushed) -> int:
            return 503 if len(dlq.pushes) <= 6 else 204

        dlq.answer = fail_six_times
        relay = relay_to(
            emulators,
            project,
            {"dlq": dlq.url},
            time_scale=0.001,
        )
        async with relaying(relay):
            await publish(emulators.pubsub, f"projects/{project}/topics/order-release-dlq", b"{}")
            await counted(relay, "order-release-dlq-sub", lambda counts: counts.acknowledged == 1)
    assert [pushed.attempt for pushed in dlq.pushes] == [None] * 7


async def test_message_is_kept_until_its_dead_letter_is_published(emulators: Emulators, project: str) -> None:
    """While the dead-letter topic refuses, the message stays outstanding."""
    waits = 0
    dead_letter_topic = f"projects/{project}/topics/order-release-dlq"
    async with PubSub(emulators.pubsub) as pubsub, receiving() as function:
        function.answer = _reject

        async def repair_after_two_refusals(_: float) -> None:
            nonlocal waits
            waits += 1
            if waits == 6:
                [counts] = relay.counts().values()
                assert (counts.dead_lettered, counts.outstanding) == (0, 1)
                await pubsub.create_topic(dead_letter_topic)

        relay = relay_to(
            emulators,
            project,
            {"order_release": function.url},
            sleep=repair_after_two_refusals,
        )
        await _provision_without_dead_letter(pubsub, project)
        run = asyncio.create_task(relay.run())
        await publish(emulators.pubsub, f"projects/{project}/topics/order-release", b"{}")
        counts = await counted(relay, "order-release-sub", lambda counts: counts.dead_lettered == 1)
        run.cancel()
        await asyncio.wait([run])
    assert (counts.delivered, counts.outstanding, waits) == (5, 0, 6)


async def _reject(_: Pushed) -> int:
    return 422


async def _provision_without_dead_letter(pubsub: PubSub, project: str) -> None:
    policy = load().subscriptions["order-release-sub"]
    await pubsub.create_topic(f"projects/{project}/topics/order-release")
    await pubsub.create_subscription(
        f"projects/{project}/subscriptions/order-release-sub",
        f"projects/{project}/topics/order-release",
        policy,
    )
