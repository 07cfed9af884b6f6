"""One drill: export under load, lose the database, and take the steps of the runbook while load goes on."""

import asyncio
import os
import signal
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from google.cloud import firestore

from tests.lab.chaos.checker import Finding, Published
from tests.lab.chaos.evidence import gather
from tests.lab.chaos.orders import Message
from tests.lab.chaos.run import ENVIRON, QUIET_S, count_stock, publish, wait_until_finished
from tests.lab.chaos.storm import Storm
from tests.lab.chaos.story import messages
from tests.lab.chaos.wire import Wire
from tests.lab.outage.absences import take_firestore_away
from tests.lab.outage.run import REPORT_INTERVAL_S, count_unfinished
from tests.lab.restore.comparison import differences
from tests.lab.restore.database import Database
from tests.lab.restore.recovery import COPY, STEPS, Recovery
from tests.lab.stack.processes import signal_group
from tests.lab.stack.stack import Stack

UNNOTICED_S = 3.0
"""How long functions call a database that is lost, before a person stops deliveries."""

HALT_S = 0.3
"""After this time no call of a halted function is on its way to the emulator."""

REPLAYS_END_S = 60.0
"""Without a change for this time, automatic replay resolves no more: it tries again after doubling waits."""


@dataclass(frozen=True)
class Plan:
    """The size and speed of a drill, and what is omitted in it.

    Attributes:
        rate: messages a second.
        not_sought: a subscription that is not sought; empty for none.
        min_order_version: what the functions get after the restore.
    """

    messages: int
    rate: float
    seed: int
    not_sought: str = ""
    min_order_version: int = 100_000


@dataclass(frozen=True)
class DrillResult:
    """The figures of a drill.

    Attributes:
        documents: restored from the copy.
        redelivered: messages that the seek delivers again.
        recovery_point_s: the age of the copy when the database was lost.
        recovery_s: from the loss until everything is processed again, automatic replays included.
    """

    messages: int
    documents: int
    redelivered: int
    recovery_point_s: float
    recovery_s: float
    findings: Sequence[Finding]


async def run(plan: Plan, log: Callable[[str], None]) -> DrillResult:
    """Run the plan on a new stack."""
    random = Random(plan.seed)  # noqa: S311  # repeatable, and keeps no secret
    story = [each for each in messages(plan.messages, random) if each.valid]  # all of them must take effect
    stack = Stack(
        lambda *_: None,
        project=f"restore-{uuid.uuid4().hex[:8]}",
        time_scale=0.1,
        environ=ENVIRON,
        nacks_per_minute=6000,
        retain=True,
    )
    async with stack, Wire(stack.emulators.pubsub, stack.project) as wire:
        os.environ.update(stack.environment)  # where the library finds the emulators
        storm = Storm(stack, random, duplicates=0.0)
        await storm.start()
        try:
            await count_stock(storm, wire)
            return await _Drill(plan, stack, storm, wire, log).play(story)
        finally:
            await storm.stop()


class _Drill:
    """The drill on a running stack."""

    def __init__(
        self, plan: Plan, stack: Stack, storm: Storm, wire: Wire, log: Callable[[str], None]
    ) -> None:
        self._plan = plan
        self._stack = stack
        self._storm = storm
        self._wire = wire
        self._log = log
        self._database = Database(stack.emulators.firestore, stack.project)
        self._published = Published()

    async def play(self, story: Sequence[Message]) -> DrillResult:
        """Publish a third, export; a third, lose the database; recover while the last third is published."""
        third = len(story) // 3
        await self._publish(story[:third])
        with tempfile.TemporaryDirectory() as folder:
            recovery = await self._export(Path(folder))
            exported = time.monotonic()
            await self._publish(story[third : 2 * third])
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._publish(story[2 * third :]))
                take_firestore_away(self._stack)
                lost = time.monotonic()
                self._log("  the database is lost; deliveries go on")
                await asyncio.sleep(UNNOTICED_S)
                await self._recover(recovery)
        recovered, still_open = await self._wait_until_processed()
        async with self._storm.paused_console():
            evidence = await gather({**self._stack.environment, "FIRESTORE_DATABASE": COPY}, self._wire)
        return DrillResult(
            messages=len(self._published.messages),
            documents=recovery.documents,
            redelivered=recovery.redelivered,
            recovery_point_s=lost - exported,
            recovery_s=recovered - lost,
            findings=[
                *differences(self._published, evidence),
                *([Finding("lost", f"{still_open} failed messages stay open")] if still_open else []),
            ],
        )

    async def _publish(self, part: Sequence[Message]) -> None:
        published = await publish([*part], self._plan.rate, self._wire, lambda _: None)
        self._published.messages.extend(published.messages)
        self._log(f"  {len(self._published.messages)} messages published")

    async def _export(self, folder: Path) -> Recovery:
        """Export while the functions are halted: the emulator, unlike Firestore, exports no single moment."""
        processes = [each.pid for each in self._stack.processes.values()]
        for pid in processes:
            signal_group(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(HALT_S)
            moment = datetime.now(UTC)
            export = await self._database.export_to(folder)
        finally:
            for pid in processes:
                signal_group(pid, signal.SIGCONT)
        return Recovery(
            stack=self._stack,
            storm=self._storm,
            database=self._database,
            export=export,
            moment=moment,
            not_sought=self._plan.not_sought,
            min_order_version=self._plan.min_order_version,
        )

    async def _recover(self, recovery: Recovery) -> None:
        started = time.monotonic()
        for step in STEPS:
            await getattr(recovery, step)()
            self._log(f"  {time.monotonic() - started:.1f} s: {step}")

    async def _wait_until_processed(self) -> tuple[float, int]:
        """Wait until every delivery and every automatic replay is over.

        Return the time of the last change, and how many failed messages stay open.
        """
        await wait_until_finished(self._storm)
        changed = time.monotonic() - QUIET_S
        client = firestore.AsyncClient(project=self._stack.project, database=COPY)
        still_open, reported_at = None, 0.0
        while still_open != 0 and time.monotonic() - changed < REPLAYS_END_S:
            found = await count_unfinished(client)
            if found != still_open and (found or still_open):
                changed = time.monotonic()
            if time.monotonic() - reported_at > REPORT_INTERVAL_S:
                reported_at = time.monotonic()
                self._log(f"  {found} failed messages are open")
            still_open = found
            await asyncio.sleep(1)
        return changed, still_open or 0
