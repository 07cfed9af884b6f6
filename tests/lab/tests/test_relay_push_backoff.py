"""Push backoff of the relay, and the nack budget that keeps it short."""

import asyncio
import json

import pytest

from shared.bootstrap.adapters import utc_now
from shared.consumer.failure_handler import FailureHandler
from shared.consumer.push_handler import PushHandler
from shared.contracts.envelope import Envelope
from shared.errors import Conflict, Outcome
from shared.settings import Subscription
from tests.fakes.failures import MemoryDeliveryFailures
from tests.fakes.publisher import MemoryPublisher
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.relay import Counts
from tests.lab.stack.topology import load
from tests.lab.tests.receiver import Pushed, receiving
from tests.lab.tests.relaying import counted, publish, relay_to, relaying

pytestmark = pytest.mark.emulator

SUBSCRIPTION, TOPIC = "order-release-sub", "order-release"
MESSAGES, BAD_SHARE = 100, 0.2
TIME_SCALE = 0.1
WITHOUT_BUDGET = 10**9


async def test_a_negative_answer_pauses_the_whole_subscription(emulators: Emulators, project: str) -> None:
    """After a refusal the next message of another key is pushed when the pause is over."""
    loop = asyncio.get_running_loop()
    pushed_at: dict[bytes, float] = {}

    async def answer(pushed: Pushed) -> int:
        pushed_at.setdefault(pushed.data, loop.time())
        return 422 if pushed.data == b"bad" else 204

    async with receiving() as function:
        function.answer = answer
        relay = relay_to(emulators, project, {"order_release": function.url})
        async with relaying(relay):
            topic = f"projects/{project}/topics/{TOPIC}"
            await publish(emulators.pubsub, topic, b"bad", key="1")
            await function.arrived(1)
            await publish(emulators.pubsub, topic, b"good", key="2")
            counts = await counted(relay, SUBSCRIPTION, lambda counts: counts.acknowledged == 1)

    assert counts.paused_seconds >= 0.5
    assert pushed_at[b"good"] - pushed_at[b"bad"] >= 0.5


async def test_the_nack_budget_keeps_pauses_short(emulators: Emulators, project: str) -> None:
    """A fifth of the messages is rejected: the budget avoids most negative answers and pauses."""
    budget = round(load().subscriptions[SUBSCRIPTION].nacks_per_minute / TIME_SCALE)
    within = await deliver(emulators, f"{project}-a", budget)
    without = await deliver(emulators, f"{project}-b", WITHOUT_BUDGET)

    assert within.acknowledged + within.dead_lettered == MESSAGES
    assert without.dead_lettered == MESSAGES * BAD_SHARE
    assert without.failed == 5 * MESSAGES * BAD_SHARE
    assert within.failed < without.failed / 5
    assert within.paused_seconds < without.paused_seconds / 2


async def deliver(emulators: Emulators, project: str, nacks_per_minute: int) -> Counts:
    """Deliver good and bad messages to a push handler with this nack budget; return the relay's counts."""
    policy = Subscription(topic=TOPIC, dead_letter_topic=f"{TOPIC}-dlq", nacks_per_minute=nacks_per_minute)
    handler = PushHandler(
        process=_reject_bad,
        failures=FailureHandler({SUBSCRIPTION: policy}, MemoryDeliveryFailures(), MemoryPublisher()),
        clock=utc_now,
        record=lambda _: None,
    )

    async def answer(pushed: Pushed) -> int:
        return (await handler.handle(json.dumps(pushed.body).encode())).status

    async with receiving() as function:
        function.answer = answer
        relay = relay_to(emulators, project, {"order_release": function.url}, time_scale=TIME_SCALE)
        async with relaying(relay):
            topic = f"projects/{project}/topics/{TOPIC}"
            bad = int(MESSAGES * BAD_SHARE)
            await publish(emulators.pubsub, topic, *[b"bad"] * bad, *[b"good"] * (MESSAGES - bad))
            return await counted(
                relay, SUBSCRIPTION, lambda each: each.acknowledged + each.dead_lettered == MESSAGES
            )


async def _reject_bad(envelope: Envelope) -> Outcome:
    if envelope.data == b"bad":
        raise Conflict("data: other content")
    return Outcome.PROCESSED
