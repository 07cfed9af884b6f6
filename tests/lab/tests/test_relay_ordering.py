"""Messages of one ordering key are delivered one at a time and in order; keys are independent."""

import asyncio
from collections import Counter

import pytest

from tests.lab.stack.emulators import Emulators
from tests.lab.stack.relay.delivery_worker import PUSH_WINDOW
from tests.lab.tests.receiver import Pushed, receiving
from tests.lab.tests.relaying import counted, publish, relay_to, relaying

pytestmark = pytest.mark.emulator

QUICK = 0.005  # a backoff of a second takes five milliseconds


async def test_failing_head_holds_its_ordering_key_and_no_other(emulators: Emulators, project: str) -> None:
    """While the first message of a key is retried, its later ones wait; other keys go on."""
    others_done = asyncio.Event()

    async def fail_the_head_until_others_are_done(pushed: Pushed) -> int:
        if pushed.data == b"a1":
            return 204 if others_done.is_set() else 503
        if pushed.data == b"b3":
            others_done.set()
        return 204

    async with receiving() as function:
        function.answer = fail_the_head_until_others_are_done
        relay = relay_to(emulators, project, {"order_release": function.url}, time_scale=QUICK)
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
    """A message is pushed only after the previous one of its key is acknowledged."""
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
        relay = relay_to(emulators, project, {"order_release": function.url})
        async with relaying(relay):
            topic = f"projects/{project}/topics/order-release"
            await asyncio.gather(*(publish(emulators.pubsub, topic, *numbers, key=key) for key in "abc"))
            await counted(relay, "order-release-sub", lambda counts: counts.acknowledged == 60)
    assert most == {"a": 1, "b": 1, "c": 1}
    for key in "abc":
        assert [p.data for p in function.pushes if p.body["message"]["orderingKey"] == key] == numbers


async def test_unordered_pushes_are_bounded(emulators: Emulators, project: str) -> None:
    """Messages without an ordering key are pushed concurrently, up to the push window."""
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
        relay = relay_to(emulators, project, {"order_release": function.url})
        async with relaying(relay):
            topic = f"projects/{project}/topics/order-release"
            await publish(emulators.pubsub, topic, *[b"{}"] * (2 * PUSH_WINDOW))
            await counted(relay, "order-release-sub", lambda counts: counts.acknowledged == 2 * PUSH_WINDOW)
    assert most == PUSH_WINDOW
