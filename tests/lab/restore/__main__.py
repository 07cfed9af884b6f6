"""Run the drill: `python -m tests.lab.restore`; exit 0 only if the restored orders are right and complete.

Messages are published under load. In the middle Firestore is exported, the load goes on, and then every
document is deleted. The export is imported, and every subscription is sought to a time before it: the relay
delivers again what Pub/Sub has kept. The orders, the stock and the events must then be what the messages ask
for, as if nothing had been lost.
"""

import argparse
import asyncio
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tests.lab import drill_report
from tests.lab.chaos.checker import Finding, check
from tests.lab.chaos.evidence import gather
from tests.lab.chaos.run import count_stock, publish, wait_until_finished
from tests.lab.chaos.storm import Storm
from tests.lab.chaos.story import messages
from tests.lab.chaos.wire import Wire
from tests.lab.restore.database import Database
from tests.lab.stack.errors import StackError
from tests.lab.stack.stack import Stack

MARGIN = timedelta(seconds=10)
"""How long before the export the subscriptions are sought to: clocks differ, and commits take a moment."""


@dataclass(frozen=True)
class Outcome:
    """The figures of a drill.

    Attributes:
        lost_seconds: the work that the export did not have, from the export to the loss.
        recovery_seconds: from the loss until everything is processed again.
    """

    messages: int
    lost_seconds: float
    recovery_seconds: float
    findings: Sequence[Finding]


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.restore", description=__doc__)
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--rate", type=float, default=40.0, help="messages a second")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


async def drill(options: argparse.Namespace, folder: Path) -> Outcome:
    """Publish, export, lose and restore on a new stack."""
    random = Random(options.seed)  # noqa: S311  # repeatable, and keeps no secret
    story = [*messages(options.messages, random)]
    stack = Stack(lambda *_: None, project=f"restore-{uuid.uuid4().hex[:8]}", time_scale=0.5, retain=True)
    async with stack, Wire(stack.emulators.pubsub, stack.project) as wire:
        database = Database(stack.emulators.firestore, stack.project)
        storm = Storm(stack, random, duplicates=0.0)
        await storm.start()
        try:
            await count_stock(storm, wire)
            before, after = story[: len(story) // 2], story[len(story) // 2 :]
            published = await publish(before, options.rate, wire, print)
            export, exported_at = await database.export_to(folder), datetime.now(UTC)
            published.messages.extend((await publish(after, options.rate, wire, print)).messages)
            await storm.stop()

            lost, started = datetime.now(UTC), time.monotonic()
            await recover(stack, storm, database, export, exported_at - MARGIN)
            recovery_seconds = time.monotonic() - started
            async with storm.paused_console():
                evidence = await gather(stack.environment, wire)
        finally:
            await storm.stop()
    return Outcome(
        messages=len(published.messages),
        lost_seconds=(lost - exported_at).total_seconds(),
        recovery_seconds=recovery_seconds,
        findings=check(published, evidence),
    )


async def recover(stack: Stack, storm: Storm, database: Database, export: Path, since: datetime) -> None:
    """Lose every document, then do the steps of the runbook."""
    await database.delete_all()
    print("restore: every document is lost; importing the export and seeking the subscriptions")
    await database.import_from(export)
    await stack.relay.seek(since)
    storm.start_relay()
    await wait_until_finished(storm)


def main() -> int:
    """Return 0 if the drill succeeded, 1 if something is lost, double or wrong, 2 without a stack."""
    options = arguments()
    try:
        with tempfile.TemporaryDirectory() as folder:
            outcome = asyncio.run(drill(options, Path(folder)))
    except (StackError, TimeoutError) as error:
        print(f"restore: {error!r}", file=sys.stderr)
        return 2
    for finding in outcome.findings[:20]:
        print(f"  {finding.kind}: {finding.text}")
    figures = {
        "messages": outcome.messages,
        "lost_work_seconds": round(outcome.lost_seconds, 1),
        "recovery_seconds": round(outcome.recovery_seconds, 1),
        "differences": len(outcome.findings),
        "findings": [f"{each.kind}: {each.text}" for each in outcome.findings],
    }
    drill_report.write("restore", figures)
    print(
        f"restore: {outcome.messages} messages; the work of {outcome.lost_seconds:.0f} s was lost "
        f"and done again in {outcome.recovery_seconds:.0f} s: {len(outcome.findings)} differences"
    )
    return 1 if outcome.findings else 0


if __name__ == "__main__":
    sys.exit(main())
