"""Push backoff of the relay, and the nack budget that keeps it short."""

import asyncio
import json

import pytest

from shared.bootstrap.adapters import utc_now
from shared.consumer.failure_handler import FailureHandler
from shared.consumer.push_handler import PushHandler
from shared.contracts.envelope import Envelope
from shared.domain.violations import OrderNotFound
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
MESSAGES = 100
TIME_SCALE = 0.1
WITHOUT_BUDGET = 10**9
PASSING_ATTEMPT = 3
"""The delivery at which a deferred message passes, if the function has not dead-lettered it."""


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


@pytest.mark.parametrize(
    ("failing", "bad", "nacks"),
    [(b"rejected", 5, 25), (b"rejected", 20, 100), (b"deferred", 10, 20)],
    ids=["5 % rejected", "20 % rejected", "10 % deferred"],
)
async def test_the_nack_budget_keeps_pauses_short(
    emulators: Emulators, project: str, failing: bytes, bad: int, nacks: int
) -> None:
    """Where a share of the messages fails, the budget avoids most negative answers and pauses."""
    budget = round(load().subscriptions[SUBSCRIPTION].nacks_per_minute / TIME_SCALE)
    messages = [failing] * bad + [b"good"] * (MESSAGES - bad)
    within = await deliver(emulators, f"{project}-a", messages, budget)
    without = await deliver(emulators, f"{project}-b", messages, WITHOUT_BUDGET)

    assert within.acknowledged + within.dead_lettered == MESSAGES
    assert without.dead_lettered == (bad if failing == b"rejected" else 0)
    assert without.failed == nacks
    assert within.failed < without.failed / 2
    if failing == b"rejected":  # a few deferrals pause as long as the moments at which they come
        assert within.paused_seconds < without.paused_seconds / 2


async def deliver(emulators: Emulators, project: str, messages: list[bytes], nacks_per_minute: int) -> Counts:
    """Deliver messages to a push handler with this nack budget; return the relay's counts."""
    policy = Subscription(topic=TOPIC, dead_letter_topic=f"{TOPIC}-dlq", nacks_per_minute=nacks_per_minute)
    handler = PushHandler(
        process=_process,
        failure_handler=FailureHandler({SUBSCRIPTION: policy}, MemoryDeliveryFailures(), MemoryPublisher()),
        clock=utc_now,
        record=lambda _: None,
    )

    async def answer(pushed: Pushed) -> int:
        return (await handler.handle(json.dumps(pushed.body).encode())).status

    async with receiving() as function:
        function.answer = answer
        relay = relay_to(emulators, project, {"order_release": function.url}, time_scale=TIME_SCALE)
        async with relaying(relay):
            await publish(emulators.pubsub, f"projects/{project}/topics/{TOPIC}", *messages)
            return await counted(
                relay, SUBSCRIPTION, lambda each: each.acknowledged + each.dead_lettered == len(messages)
            )


async def _process(envelope: Envelope) -> Outcome:
    if envelope.data == b"rejected":
        raise Conflict("data: other content")
    if envelope.data == b"deferred" and envelope.delivery_attempt < PASSING_ATTEMPT:
        raise OrderNotFound
    return Outcome.PROCESSED
