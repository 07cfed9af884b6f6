"""One run: publish messages, inject faults, wait until all messages are finished, and check."""

import asyncio
import os
import time
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.lab.chaos.checker import Finding, Published, check
from tests.lab.chaos.evidence import gather
from tests.lab.chaos.orders import Message
from tests.lab.chaos.storm import Storm
from tests.lab.chaos.story import DUPLICATE_RATIO, counts, messages
from tests.lab.chaos.wire import Wire
from tests.lab.stack.fault_plan import Fault
from tests.lab.stack.polling import until
from tests.lab.stack.stack import Stack

# Copied before a run adds the addresses of its own emulators.
ENVIRON = dict(os.environ)
QUIET_S = 3.0
"""Time without any running delivery after which all messages count as finished."""

FINISH_TIMEOUT_S = 900.0


@dataclass(frozen=True)
class Plan:
    """The size, speed and seed of a run.

    Attributes:
        messages: the least number to publish.
        faults: the number of faults to inject.
        rate: messages a second.
        failing_orders: the number of orders with commits that always fail.
        instances: processes of each function.
        release: the folder of an earlier release; its functions serve beside the present ones.
        nacks_per_minute: the nack budget of every subscription, in place of the topology's.
        sources: the `main.py` of functions to run in place of the project's, by name.
    """

    messages: int
    faults: int
    rate: float
    seed: int
    failing_orders: int = 5
    time_scale: float = 0.5
    instances: int = 1
    release: Path | None = None
    nacks_per_minute: int | None = None
    sources: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class DrillResult:
    """The numbers and findings of a run."""

    messages: int
    faults: Counter[str]
    processed: int
    failed: Counter[str]
    findings: list[Finding]
    seconds: float

    def count(self, *kinds: str) -> int:
        """Count the findings of some kinds."""
        return sum(each.kind in kinds for each in self.findings)


async def run(
    plan: Plan,
    log: Callable[[str], None],
    meanwhile: Callable[[Storm, float], Coroutine[None, None, None]] | None = None,
) -> DrillResult:
    """Run the plan on a new stack.

    `meanwhile` runs with the storm, and gets the seconds that the publishing should take.
    """
    started = time.monotonic()
    random = Random(plan.seed)  # noqa: S311  # repeatable, and keeps no secret
    story = [*messages(plan.messages, random)]
    stack = _build_stack(plan)
    async with stack, Wire(stack.emulators.pubsub, stack.project) as wire:
        storm = Storm(stack, random, DUPLICATE_RATIO)
        await storm.start()
        try:
            await count_stock(storm, wire)
            stack.faults.add(*_fail_commits(story, plan.failing_orders, random))
            seconds = len(story) / plan.rate
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_inject_faults(plan, storm, seconds))
                if meanwhile:
                    tasks.create_task(meanwhile(storm, seconds))
                published = await publish(story, plan.rate, wire, log)
            storm.end_faults()
            log("  the storm is over; waiting until every message is finished")
            await wait_until_finished(storm)
            async with storm.paused_console():
                evidence = await gather(stack.environment, wire)
        finally:
            await storm.stop()
    return DrillResult(
        messages=len(published.messages),
        faults=storm.met,
        processed=len(evidence.claims),
        failed=Counter(each.document["failureReason"] for each in evidence.failed),
        findings=check(published, evidence),
        seconds=time.monotonic() - started,
    )


def _build_stack(plan: Plan) -> Stack:
    return Stack(
        lambda *_: None,
        project=f"chaos-{uuid.uuid4().hex[:8]}",
        time_scale=plan.time_scale,
        environ=ENVIRON,
        instances=plan.instances,
        release=plan.release,
        nacks_per_minute=plan.nacks_per_minute,
        sources=plan.sources,
    )


async def count_stock(storm: Storm, wire: Wire) -> None:
    """Publish the counts that the story starts with, and wait until they are applied."""
    for count in counts():
        await wire.publish(count)
    await until(lambda: storm.relay.counts()["inventory-update-sub"].acknowledged >= len(counts()), 60)


def _fail_commits(story: list[Message], orders: int, random: Random) -> list[Fault]:
    """Return faults that make every commit of some orders fail."""
    order_ids = [each.order_id for each in story if each.kind == "create"]
    chosen = random.sample(order_ids, orders)
    return [Fault(method="Commit", contains=order_id, times=1000) for order_id in chosen]


async def publish(story: list[Message], rate: float, wire: Wire, log: Callable[[str], None]) -> Published:
    """Publish a story at a rate, in messages a second."""
    published = Published()
    for number, message in enumerate(story):
        published.messages.append((await wire.publish(message), message))
        await asyncio.sleep(1 / rate)
        if number % 500 == 0:
            log(f"  {number} of {len(story)} messages published")
    return published


async def _inject_faults(plan: Plan, storm: Storm, seconds: float) -> None:
    for _ in range(plan.faults):
        await storm.inject_fault()
        await asyncio.sleep(seconds / plan.faults)


async def wait_until_finished(storm: Storm) -> None:
    """Wait until the relay has had nothing to deliver for `QUIET_S`."""
    quiet_since = time.monotonic()
    before: object = None

    def is_finished() -> bool:
        nonlocal quiet_since, before
        counts = storm.relay.counts()
        if counts != before or any(each.outstanding for each in counts.values()):
            before, quiet_since = counts, time.monotonic()
        return time.monotonic() - quiet_since > QUIET_S

    await until(is_finished, FINISH_TIMEOUT_S)
