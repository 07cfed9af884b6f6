"""Good messages beside failing ones, on the relay instead of in the simulation.

`python -m tests.lab.simulation.on_relay` pushes the simulation's traffic to a push handler, with and without
the nack budget, and prints the delay of good messages. It takes five minutes.
"""

import asyncio
import json
import os
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from shared.bootstrap.adapters import utc_now
from shared.consumer.failure_handler import FailureHandler
from shared.consumer.push_handler import PushHandler
from shared.contracts.envelope import Envelope
from shared.domain.violations import OrderNotFound
from shared.errors import Conflict, Outcome
from shared.settings import Subscription
from tests.fakes.failures import MemoryDeliveryFailures
from tests.fakes.publisher import MemoryPublisher
from tests.lab.load.series import percentiles
from tests.lab.simulation.traffic import Message, Traffic
from tests.lab.stack.background import in_background
from tests.lab.stack.emulators import Emulators, running
from tests.lab.stack.relay.message import Message as Published
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.topology import load
from tests.lab.tests.receiver import Pushed, receiving
from tests.lab.tests.relaying import relay_to

SUBSCRIPTION, TOPIC = "order-release-sub", "order-release"
WITHOUT_BUDGET = 10**9
IN_TIME_S = 2.0
RATE, SECONDS = 100.0, 30.0
CUT_S = 60.0
"""When a measurement ends, even if good messages wait."""

SHARES = {
    "5 % rejected": Traffic(RATE, SECONDS, rejected=0.05),
    "20 % rejected": Traffic(RATE, SECONDS, rejected=0.2),
    "10 % deferred": Traffic(RATE, SECONDS, deferred=0.1),
}


@dataclass
class Delays:
    """How long the good messages of a run took.

    Attributes:
        good: the number of published good messages.
        good_s: seconds from the publication of a good message to its acknowledgement.
        refused: negative answers.
        paused_s: the time that push backoff asked for.
    """

    good: int
    good_s: list[float] = field(default_factory=list)
    refused: int = 0
    paused_s: float = 0.0

    def share(self, within_s: float) -> float:
        """Return the share of good messages that were acknowledged within a time."""
        return sum(each <= within_s for each in self.good_s) / self.good


class _Function:
    """Rejects, defers and accepts as the traffic says; knows when it began."""

    def __init__(self, messages: list[Message], nacks_per_minute: int) -> None:
        policy = Subscription(
            topic=TOPIC, dead_letter_topic=f"{TOPIC}-dlq", nacks_per_minute=nacks_per_minute
        )
        self._handler = PushHandler(
            process=self._process,
            failure_handler=FailureHandler(
                {SUBSCRIPTION: policy}, MemoryDeliveryFailures(), MemoryPublisher()
            ),
            clock=utc_now,
            record=lambda _: None,
        )
        self._messages = messages
        self._began = asyncio.get_running_loop().time()
        self.delays = Delays(sum(each.good for each in messages))

    def now(self) -> float:
        """Return the seconds since the first message."""
        return asyncio.get_running_loop().time() - self._began

    async def answer(self, pushed: Pushed) -> int:
        """Answer a push; record the delay of a good message."""
        status = (await self._handler.handle(json.dumps(pushed.body).encode())).status
        message = self._messages[int(pushed.data)]
        if message.good:
            self.delays.good_s.append(self.now() - message.published)
        return status

    async def _process(self, envelope: Envelope) -> Outcome:
        message = self._messages[int(envelope.data)]
        if not message.valid:
            raise Conflict("data: other content")
        if self.now() < message.needs:
            raise OrderNotFound
        return Outcome.PROCESSED


async def measure(emulators: Emulators, traffic: Traffic, nacks_per_minute: int) -> Delays:
    """Deliver the traffic until everything good is processed, or until the cut."""
    messages = [*traffic.messages(Random(7))]  # noqa: S311 - arrival times, not a secret
    project = f"relay-{uuid.uuid4().hex[:8]}"
    async with receiving() as receiver, PubSub(emulators.pubsub) as pubsub:
        relay = relay_to(emulators, project, {"order_release": receiver.url})
        await relay.provision()
        function = _Function(messages, nacks_per_minute)
        receiver.answer = function.answer
        delays = function.delays
        async with in_background(relay.run()), asyncio.TaskGroup() as publishing:
            for number, message in enumerate(messages):
                await asyncio.sleep(message.published - function.now())
                wire = Published(str(number).encode(), {}, "", datetime.now(UTC), "")
                publishing.create_task(pubsub.publish(f"projects/{project}/topics/{TOPIC}", wire))
            with suppress(TimeoutError):
                async with asyncio.timeout(CUT_S - function.now()):
                    while len(delays.good_s) < delays.good:  # noqa: ASYNC110 - answers are no event
                        await asyncio.sleep(0.1)
        counts = relay.counts()[SUBSCRIPTION]
    delays.refused, delays.paused_s = counts.failed, counts.paused_seconds
    return delays


def main() -> None:
    """Print one line for each share of failing messages and each budget."""
    budget = load().subscriptions[SUBSCRIPTION].nacks_per_minute
    with running(os.environ) as emulators:
        for share, traffic in SHARES.items():
            for name, nacks in (("none", WITHOUT_BUDGET), (f"{budget} a minute", budget)):
                delays = asyncio.run(measure(emulators, traffic, nacks))
                print(f"  {share}, nack budget {name}: {_line(delays)}", flush=True)


def _line(delays: Delays) -> str:
    found = percentiles([1000 * each for each in delays.good_s])
    return (
        f"{delays.share(IN_TIME_S):.0%} of the good ones within {IN_TIME_S:.0f} s, "
        f"{delays.share(CUT_S):.0%} until the cut; p50 {found['p50']:,.0f}, p99 {found['p99']:,.0f}, "
        f"max {1000 * max(delays.good_s):,.0f} ms; {delays.refused} negative answers, "
        f"paused for {delays.paused_s:.0f} s"
    )


if __name__ == "__main__":
    main()
