"""The relay applies a subscription's policy as Pub/Sub does, on messages that went through the emulator."""

import asyncio
from collections import Counter
from random import Random

import pytest

from tests.emulator.receiver import Pushed, Receiver, receiving
from tests.emulator.relaying import counted, publish, relaying, undelivered
from tests.stack.emulators import Emulators
from tests.stack.relay import Relay
from tests.stack.relay.courier import PUSH_WINDOW
from tests.stack.relay.pubsub import PubSub
from tests.stack.topology import load

pytestmark = pytest.mark.emulator

QUICK = 0.005


async def test_filtered_out_messages_are_acknowledged_silently(emulators: Emulators, project: str) -> None:
    """Each filtered subscription pushes only what its filter lets through, and keeps nothing of the rest."""
    async with receiving() as ship, receiving() as short:
        relay = Relay(
            project=project,
            pubsub_host=emulators.pubsub,
            topology=load(),
            urls={"ship": ship.url, "short": short.url},
        )
        async with relaying(relay):
            topic = f"projects/{project}/topics/fulfillment-events"
            for event in ("SHIP", "SHORT", "OTHER", "SHIP"):
                await publish(
                    emulators.pubsub, topic, event.encode(), key="c", attributes={"eventType": event}
                )
            await counted(relay, "ship-events-sub", lambda counts: counts.acknowledged == 2)
            counts = await counted(relay, "short-events-sub", lambda counts: counts.acknowledged == 1)
            await counted(relay, "short-events-sub", lambda counts: not counts.outstanding)
    assert (ship.data, short.data) == ([b"SHIP", b"SHIP"], [b"SHORT"])
    assert (counts.delivered, counts.failed) == (1, 0)
    assert not await undelivered(emulators.pubsub, f"projects/{project}/subscriptions/short-events-sub")


async def test_failing_head_holds_its_ordering_key_and_no_other(emulators: Emulators, project: str) -> None:
    """While the first message of a key is retried its later ones wait, and other keys go on."""
    others_done = asyncio.Event()

    async def fail_the_head_until_others_are_done(pushed: Pushed) -> int:
        if pushed.data == b"a1":
            return 204 if others_done.is_set() else 503
        if pushed.data == b"b3":
            others_done.set()
        return 204

    async with receiving() as function:
        function.answer = fail_the_head_until_others_are_done
        relay = _relay(emulators, project, function, time_scale=QUICK)
        await relay.provision()
        topic = f"projects/{project}/topics/order-release"
        await publish(emulators.pubsub, topic, b"a1", b"a2", b"a3", key="a")
        await publish(emulators.pubsub, topic, b"b1", b"b2", b"b3", key="b")
        async with relaying(relay):
            await counted(relay, "order-release-sub", lambda counts: counts.acknowledged == 6)
    assert Counter(function.data)[b"a1"] > 1
    first = dict.fromkeys(data.decode() for data in function.data)
    assert [data for data in first if data[0] == "a"] == ["a1", "a2", "a3"]
    assert [data for data in first if data[0] == "b"] == ["b1", "b2", "b3"]
    assert list(first).index("b3") < list(first).index("a2")


async def test_messages_of_a_key_are_never_pushed_at_once(emulators: Emulators, project: str) -> None:
    """A message is pushed only after the one before it, of the same key, has been acknowledged."""
    under_way: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def count_what_is_under_way(pushed: Pushed) -> int:
        key = pushed.body["message"]["orderingKey"]
        under_way[key] += 1
        most[key] = max(most[key], under_way[key])
        await asyncio.sleep(0)
        under_way[key] -= 1
        return 204

    numbers = [b"%d" % number for number in range(20)]
    async with receiving() as function:
        function.answer = count_what_is_under_way
        relay = _relay(emulators, project, function)
        async with relaying(relay):
            topic = f"projects/{project}/topics/order-release"
            await asyncio.gather(*(publish(emulators.pubsub, topic, *numbers, key=key) for key in "abc"))
            await counted(relay, "order-release-sub", lambda counts: counts.acknowledged == 60)
    assert most == {"a": 1, "b": 1, "c": 1}
    for key in "abc":
        assert [p.data for p in function.pushes if p.body["message"]["orderingKey"] == key] == numbers


async def test_backoff_doubles_from_one_second_with_jitter(emulators: Emulators, project: str) -> None:
    """The waits after failed attempts are 1, 2, 4 and 8 s, each within a quarter, and attempts are numbered."""
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    async with receiving() as function:
        function.answer = _reject
        relay = Relay(
            project=project,
            pubsub_host=emulators.pubsub,
            topology=load(),
            urls={"order_release": function.url},
            random=Random(7),
            sleep=note,
        )
        async with relaying(relay):
            await publish(emulators.pubsub, f"projects/{project}/topics/order-release", b"{}")
            await counted(relay, "order-release-sub", lambda counts: counts.dead_lettered == 1)
    assert [pushed.attempt for pushed in function.pushes] == [1, 2, 3, 4, 5]
    assert len(waits) == 4
    for wait, expected in zip(waits, [1, 2, 4, 8], strict=True):
        assert 0.75 * expected <= wait <= 1.25 * expected
        assert wait != expected


async def test_time_scale_shortens_the_backoff(emulators: Emulators, project: str) -> None:
    """A scaled relay waits the same share of every backoff."""
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    async with receiving() as function:
        function.answer = _reject
        relay = Relay(
            project=project,
            pubsub_host=emulators.pubsub,
            topology=load(),
            urls={"order_release": function.url},
            time_scale=0.01,
            sleep=note,
        )
        async with relaying(relay):
            await publish(emulators.pubsub, f"projects/{project}/topics/order-release", b"{}")
            await counted(relay, "order-release-sub", lambda counts: counts.dead_lettered == 1)
    assert all(0.0075 * 2**n <= wait <= 0.0125 * 2**n for n, wait in enumerate(waits))


async def test_fifth_failure_dead_letters_with_the_origin(emulators: Emulators, project: str) -> None:
    """After 5 attempts data, attributes and key go to the dead-letter topic with four attributes of origin."""
    async with receiving() as function, receiving() as dlq:
        function.answer = _reject
        relay = Relay(
            project=project,
            pubsub_host=emulators.pubsub,
            topology=load(),
            urls={"order_release": function.url, "dlq": dlq.url},
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


async def test_dead_letter_subscription_has_no_attempts_and_no_end(emulators: Emulators, project: str) -> None:
    """Without a dead letter of its own a subscription sends no delivery attempt and retries past the fifth."""
    async with receiving() as dlq:

        async def fail_six_times(_: Pushed) -> int:
            return 503 if len(dlq.pushes) <= 6 else 204

        dlq.answer = fail_six_times
        relay = Relay(
            project=project,
            pubsub_host=emulators.pubsub,
            topology=load(),
            urls={"dlq": dlq.url},
            time_scale=0.001,
        )
        async with relaying(relay):
            await publish(emulators.pubsub, f"projects/{project}/topics/order-release-dlq", b"{}")
            await counted(relay, "order-release-dlq-sub", lambda counts: counts.acknowledged == 1)
    assert [pushed.attempt for pushed in dlq.pushes] == [None] * 7


async def test_message_is_kept_until_its_dead_letter_is_published(emulators: Emulators, project: str) -> None:
    """As long as the dead-letter topic takes nothing the message stays outstanding; then it is dead-lettered."""
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

        relay = Relay(
            project=project,
            pubsub_host=emulators.pubsub,
            topology=load(),
            urls={"order_release": function.url},
            sleep=repair_after_two_refusals,
        )
        await _provision_without(pubsub, project, relay)
        run = asyncio.create_task(relay.run())
        await publish(emulators.pubsub, f"projects/{project}/topics/order-release", b"{}")
        counts = await counted(relay, "order-release-sub", lambda counts: counts.dead_lettered == 1)
        run.cancel()
        await asyncio.wait([run])
    assert (counts.delivered, counts.outstanding, waits) == (5, 0, 6)


async def test_duplicates_on_demand(emulators: Emulators, project: str) -> None:
    """The next messages asked for are delivered twice with the same id, the ones after them once."""
    async with receiving() as function:
        relay = _relay(emulators, project, function, time_scale=QUICK)
        relay.duplicate("order-release-sub", next_messages=2)
        async with relaying(relay):
            topic = f"projects/{project}/topics/order-release"
            await publish(emulators.pubsub, topic, b"1", b"2", b"3", key="c")
            counts = await counted(relay, "order-release-sub", lambda counts: counts.acknowledged == 3)
    assert function.data == [b"1", b"1", b"2", b"2", b"3"]
    assert len({pushed.body["message"]["messageId"] for pushed in function.pushes}) == 3
    assert [pushed.attempt for pushed in function.pushes] == [1, 2, 1, 2, 1]
    assert (counts.delivered, counts.failed) == (5, 0)


async def test_unordered_pushes_are_bounded(emulators: Emulators, project: str) -> None:
    """Messages without an ordering key are pushed side by side, as many as the push window and no more."""
    window_full = asyncio.Event()
    under_way = most = 0

    async def hold_until_the_window_is_full(_: Pushed) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == PUSH_WINDOW:
            window_full.set()
        await window_full.wait()
        await asyncio.sleep(0.05)  # room for one too many to arrive
        under_way -= 1
        return 204

    async with receiving() as function:
        function.answer = hold_until_the_window_is_full
        relay = _relay(emulators, project, function)
        async with relaying(relay):
            topic = f"projects/{project}/topics/order-release"
            await publish(emulators.pubsub, topic, *[b"{}"] * (2 * PUSH_WINDOW))
            await counted(relay, "order-release-sub", lambda counts: counts.acknowledged == 2 * PUSH_WINDOW)
    assert most == PUSH_WINDOW


async def test_shutdown_gives_outstanding_messages_back(emulators: Emulators, project: str) -> None:
    """What a stopped relay had not finished is delivered by the next one, in order and without a lapsed lease."""

    async def never(_: Pushed) -> int:
        await asyncio.Event().wait()
        return 204

    topic = f"projects/{project}/topics/order-release"
    async with receiving() as stuck, receiving() as function:
        stuck.answer = never
        first = _relay(emulators, project, stuck)
        async with relaying(first):
            await publish(emulators.pubsub, topic, b"1", b"2", b"3", key="c")
            await stuck.arrived(1)
        assert first.counts()["order-release-sub"].outstanding == 0
        second = _relay(emulators, project, function)
        async with relaying(second):
            await counted(second, "order-release-sub", lambda counts: counts.acknowledged == 3)
    assert function.data == [b"1", b"2", b"3"]


async def _reject(_: Pushed) -> int:
    return 422


def _relay(emulators: Emulators, project: str, function: Receiver, time_scale: float = 1.0) -> Relay:
    return Relay(
        project=project,
        pubsub_host=emulators.pubsub,
        topology=load(),
        urls={"order_release": function.url},
        time_scale=time_scale,
    )


async def _provision_without(pubsub: PubSub, project: str, relay: Relay) -> None:
    del relay
    policy = load().subscriptions["order-release-sub"]
    await pubsub.create_topic(f"projects/{project}/topics/order-release")
    await pubsub.create_subscription(
        f"projects/{project}/subscriptions/order-release-sub",
        f"projects/{project}/topics/order-release",
        policy,
    )
