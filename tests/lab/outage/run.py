"""One drill: publish at a steady rate, take services away for a time, wait until nothing is open."""

import asyncio
import os
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from unittest import mock

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.failed_messages.model import UNFINISHED
from tests.lab.chaos.checker import Finding, Published, check
from tests.lab.chaos.evidence import Evidence, gather
from tests.lab.chaos.story import WINDOW, counts, messages
from tests.lab.chaos.wire import Wire
from tests.lab.outage.absences import ABSENCES, RPCS
from tests.lab.outage.answers import PERSONAL, Answers
from tests.lab.outage.key_service import KeyService, key_service
from tests.lab.stack.background import in_background
from tests.lab.stack.polling import until
from tests.lab.stack.stack import Stack

QUIET_S = 3.0
"""Time without any running delivery after which the subscriptions count as empty."""

REPORT_INTERVAL_S = 10.0


@dataclass(frozen=True)
class Plan:
    """The speed of a drill and the length of its parts.

    Attributes:
        rate: messages a second.
        away: what is away, one after the other; names of `ABSENCES`.
        away_s: seconds of each absence.
        around_s: seconds of load before each absence, and at least as many after the last.
        time_scale: multiplies every wait between deliveries and automatic replays; 1.0 is real time.
        window_orders: orders with messages shuffled together; the last window of them is published whole.
        timeout_s: seconds after the last absence in which everything must heal.
    """

    rate: float
    away: tuple[str, ...]
    away_s: float
    around_s: float
    time_scale: float
    seed: int = 20261127
    window_orders: int = WINDOW
    timeout_s: float = 3600.0

    @property
    def messages(self) -> int:
        """Return how many messages to write; those that must be rejected are not published."""
        return round(self.rate * (len(self.away) * (self.around_s + self.away_s) + self.around_s))


@dataclass(frozen=True)
class DrillResult:
    """What a drill left behind.

    Attributes:
        most_open: the largest number of failed messages that were open at one moment.
        open: failed messages that a person would have to look at, by what is known of them.
        automatic: failed messages that the schedule resolved, by their first failure reason.
        people: everyone but the system who acted on a failed message.
        recovery_s: seconds from the end of the last absence until nothing was open or in delivery; None if
            something still was at the plan's timeout.
        answers: what the functions answered during each absence.
        personal: log lines and stored documents with personal data in plain text.
    """

    messages: int
    failed: int
    most_open: int
    open: Counter[str]
    automatic: Counter[str]
    people: set[str]
    recovery_s: float | None
    findings: list[Finding]
    answers: Answers
    personal: int


async def run(
    plan: Plan, log: Callable[[str], None], emulators: Mapping[str, str] | None = None
) -> DrillResult:
    """Run the plan on a new stack, on given emulators or as its environment says."""
    environ = {**os.environ, **(emulators or {})}
    with mock.patch.dict(os.environ):
        project = f"outage-{uuid.uuid4().hex[:8]}"
        with key_service() as keys:
            stack = Stack(
                answers := Answers(),
                project=project,
                time_scale=plan.time_scale,
                environ=environ,
                keyset=keys.environment,
            )
            async with stack, Wire(stack.emulators.pubsub, stack.project) as wire:
                os.environ.update(stack.environment)  # where the library finds the emulators
                return await _drill(plan, _System(stack, wire, keys, answers), log)


@dataclass(frozen=True)
class _System:
    """The parts that a drill uses."""

    stack: Stack
    wire: Wire
    keys: KeyService
    answers: Answers


async def _drill(plan: Plan, system: _System, log: Callable[[str], None]) -> DrillResult:
    stack, wire = system.stack, system.wire
    for count in counts():
        await wire.publish(count)
    await until(lambda: stack.relay.counts()["inventory-update-sub"].acknowledged >= len(counts()), 60)
    watch = _Watch(firestore.AsyncClient(project=stack.project), stack, log)
    async with _publishing(plan, wire) as published:
        for name in plan.away:
            await asyncio.sleep(plan.around_s)
            log(f"  away: {name}")
            await _lose(name, plan.away_s, system)
            log(f"  back: {name}; no person acts")
        watching = asyncio.create_task(watch.until_nothing_is_open())
    watch.published = True
    try:
        await asyncio.wait_for(watching, plan.timeout_s)
    except TimeoutError:
        watch.recovery_s = None
    return _result(published, await gather(stack.environment, wire), watch, system.answers)


async def _lose(name: str, seconds: float, system: _System) -> None:
    """Take something away for a time; count what the functions answer and call meanwhile."""
    stack, answers = system.stack, system.answers
    answers.away, before = name, stack.relay.counts()
    async with ABSENCES[name](stack, system.keys):
        calls = _firestore_calls(stack)
        await asyncio.sleep(seconds)
        answers.firestore_calls[name] = _firestore_calls(stack) - calls
    answers.away, after = "", stack.relay.counts()
    answers.failed_pushes[name] = sum(after[each].failed - before[each].failed for each in after)
    paused = (after[each].paused_seconds - before[each].paused_seconds for each in after)
    answers.paused_s[name] = max(paused)


def _firestore_calls(stack: Stack) -> int:
    return sum(stack.faults.calls[each] for each in RPCS)


async def count_unfinished(client: firestore.AsyncClient) -> int:
    """Count the failed messages that are open or being replayed."""
    statuses = FieldFilter("status", "in", [each.value for each in UNFINISHED])
    found = await client.collection("failed_messages").where(filter=statuses).count().get()
    return int(found[0][0].value)


class _Watch:
    """Counts open failed messages until there are none and every delivery is over."""

    def __init__(self, client: firestore.AsyncClient, stack: Stack, log: Callable[[str], None]) -> None:
        self._client = client
        self._stack = stack
        self._log = log
        self.published = False
        self.most_open = 0
        self.recovery_s: float | None = None

    async def until_nothing_is_open(self) -> None:
        """Return once everything is published and finished; the outage has just ended."""
        ended = reported_at = quiet_since = time.monotonic()
        before: object = None
        while not self.published or time.monotonic() - quiet_since < QUIET_S:
            open_now, counts = await count_unfinished(self._client), self._stack.relay.counts()
            waiting = sum(each.outstanding for each in counts.values())
            if open_now or waiting or counts != before or not self.published:
                before, quiet_since = counts, time.monotonic()
            if time.monotonic() - reported_at > REPORT_INTERVAL_S:
                reported_at = time.monotonic()
                self._log(f"  {reported_at - ended:.0f} s: {open_now} open, {waiting} to deliver")
            self.most_open = max(self.most_open, open_now)
            self.recovery_s = quiet_since - ended
            await asyncio.sleep(0.5)


@asynccontextmanager
async def _publishing(plan: Plan, wire: Wire) -> AsyncIterator[Published]:
    """Publish valid messages at the rate, to the end of every order's story."""
    published = Published()

    async def publish() -> None:
        random = Random(plan.seed)  # noqa: S311  # repeatable, and keeps no secret
        story = messages(plan.messages, random, plan.window_orders)
        for message in (each for each in story if each.valid):
            published.messages.append((await wire.publish(message), message))
            await asyncio.sleep(1 / plan.rate)

    async with in_background(publish()) as publishing:
        yield published
        await publishing


def _result(published: Published, evidence: Evidence, watch: _Watch, answers: Answers) -> DrillResult:
    documents = [each.document for each in evidence.failed]
    resolved = [each for each in documents if each["status"] == "RESOLVED"]
    return DrillResult(
        messages=len(published.messages),
        failed=len(documents),
        most_open=watch.most_open,
        open=Counter(_description(each) for each in documents if each["status"] != "RESOLVED"),
        automatic=Counter(each["history"][0]["detail"] for each in resolved),
        people={entry["by"] for each in documents for entry in each["history"]} - {"system"},
        recovery_s=watch.recovery_s,
        findings=check(published, evidence),
        answers=answers,
        personal=len(answers.personal) + sum(PERSONAL in str(each) for each in _stored(evidence)),
    )


def _stored(evidence: Evidence) -> Iterator[Mapping[str, Any]]:
    """Yield the documents as Firestore has them."""
    yield from (each.document for each in evidence.failed)
    for documents in (evidence.orders.values(), evidence.claims, evidence.reservations, evidence.waiting):
        yield from documents


def _description(document: Mapping[str, Any]) -> str:
    actions = Counter(entry["action"] for entry in document["history"])
    return f"{document['originalSubscription']}: {document['failureReason']} after {dict(actions)}"
