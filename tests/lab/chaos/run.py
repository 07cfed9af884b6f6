"""One run: publish, strike, let everything come to its end, and check."""

import asyncio
import os
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.lab.chaos.checker import Finding, Published, check
from tests.lab.chaos.evidence import gather
from tests.lab.chaos.storm import Storm
from tests.lab.chaos.story import DUPLICATES, Message, counts, messages
from tests.lab.chaos.wire import Wire
from tests.lab.stack.fault_plan import Fault
from tests.lab.stack.polling import until
from tests.lab.stack.stack import Stack

# Taken before a run points it to the emulators it has started.
ENVIRON = dict(os.environ)
SETTLED = 3.0
"""Seconds without anything under way, after which everything has come to its end."""

PATIENCE = 900.0


@dataclass(frozen=True)
class Plan:
    """How much, how fast, and by which seed.

    Attributes:
        messages: at least so many are published.
        faults: at least so many calls to make fail, processes to kill and so on.
        rate: messages a second.
        doomed: commits of so many orders never succeed.
        sources: functions to run instead of the project's, by name.
    """

    messages: int
    faults: int
    rate: float
    seed: int
    doomed: int = 5
    time_scale: float = 0.5
    sources: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What was done, and what was found."""

    messages: int
    faults: Counter[str]
    processed: int
    failed: Counter[str]
    findings: list[Finding]
    seconds: float

    def count(self, *kinds: str) -> int:
        """Count the findings of some kinds."""
        return sum(each.kind in kinds for each in self.findings)


async def run(plan: Plan, say: Callable[[str], None]) -> Outcome:
    """Run the plan on a stack of its own."""
    started = time.monotonic()
    random = Random(plan.seed)  # noqa: S311  # repeatable, and keeps no secret
    story = [*messages(plan.messages, random)]
    project = f"chaos-{uuid.uuid4().hex[:8]}"
    stack = Stack(lambda *_: None, project=project, time_scale=plan.time_scale, environ=ENVIRON)
    stack._sources |= plan.sources
    async with stack, Wire(stack.emulators.pubsub, stack.project) as wire:
        storm = Storm(stack, random, DUPLICATES)
        await storm.start()
        try:
            await _count_stock(storm, wire)
            stack.faults.add(*_doom(story, plan.doomed, random))
            striking = asyncio.create_task(_strike(plan, storm, len(story) / plan.rate))
            published = await _publish(story, plan.rate, wire, say)
            await striking
            storm.calm()
            say("  the storm is over; waiting until every message has come to its end")
            await _until_settled(storm)
            async with storm.stillness():
                evidence = await gather(stack.environment, wire)
        finally:
            await storm.stop()
    return Outcome(
        messages=len(published.messages),
        faults=storm.met,
        processed=len(evidence.claims),
        failed=Counter(each.document["failureReason"] for each in evidence.failed),
        findings=check(published, evidence),
        seconds=time.monotonic() - started,
    )


async def _count_stock(storm: Storm, wire: Wire) -> None:
    for count in counts():
        await wire.publish(count)
    await until(lambda: storm.relay.counts()["inventory-update-sub"].acknowledged >= len(counts()), 60)


def _doom(story: list[Message], orders: int, random: Random) -> list[Fault]:
    """Make commits of some orders fail for ever."""
    order_ids = [each.order_id for each in story if each.kind == "create"]
    chosen = random.sample(order_ids, orders)
    return [Fault(method="Commit", contains=order_id, times=1000) for order_id in chosen]


async def _publish(story: list[Message], rate: float, wire: Wire, say: Callable[[str], None]) -> Published:
    published = Published()
    for number, message in enumerate(story):
        published.messages.append((await wire.publish(message), message))
        await asyncio.sleep(1 / rate)
        if number % 500 == 0:
            say(f"  {number} of {len(story)} messages published")
    return published


async def _strike(plan: Plan, storm: Storm, seconds: float) -> None:
    for _ in range(plan.faults):
        await storm.strike()
        await asyncio.sleep(seconds / plan.faults)


async def _until_settled(storm: Storm) -> None:
    quiet_since = time.monotonic()
    before: object = None

    def settled() -> bool:
        nonlocal quiet_since, before
        counts = storm.relay.counts()
        if counts != before or any(each.outstanding for each in counts.values()):
            before, quiet_since = counts, time.monotonic()
        return time.monotonic() - quiet_since > SETTLED

    await until(settled, PATIENCE)
