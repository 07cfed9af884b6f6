"""Draw the dashboards: `python -m tests.lab.dashboards`; writes pictures to `.reports/dashboards`."""

import argparse
import asyncio
import shutil
import sys
import uuid
from pathlib import Path
from random import Random

from tests.lab.chaos.wire import Wire
from tests.lab.dashboards.catalogue import OVERVIEW, dashboards
from tests.lab.dashboards.picture import Picture
from tests.lab.dashboards.prometheus import find_program, serving
from tests.lab.dashboards.recorder import Recorder
from tests.lab.dashboards.recording import Recording
from tests.lab.dashboards.traffic import Plan, Traffic
from tests.lab.stack import topology
from tests.lab.stack.errors import StackError
from tests.lab.stack.paths import ROOT
from tests.lab.stack.stack import Stack
from tests.tools import PROMETHEUS

FOLDER = ROOT / ".reports" / "dashboards"
RECORDED = FOLDER / "recorded"
README_PICTURES = Path(__file__).parent / "pictures"
README_DASHBOARDS = (OVERVIEW, "payment")
"""The dashboards that the README of the tests shows."""


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.dashboards", description=__doc__)
    parser.add_argument("--minutes", type=float, default=7.0, help="duration of the run")
    parser.add_argument("--rate", type=float, default=1.0, help="orders a second, of about six messages")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--recorded", action="store_true", help="draw the last run again")
    parser.add_argument("--readme", action="store_true", help="also renew the pictures of the README")
    return parser.parse_args()


async def record(plan: Plan) -> Recording:
    """Run the whole stack by the plan and return the recording."""
    recording = Recording(about="")
    recorder = Recorder(recording)
    stack = Stack(recorder.sink, project=f"dashboards-{uuid.uuid4().hex[:8]}")
    async with stack, Wire(stack.emulators.pubsub, stack.project) as wire:
        traffic = Traffic(stack, wire, Random(plan.seed))  # noqa: S311  # repeatable, not a secret
        with recorder.counting_refusals():
            async with asyncio.TaskGroup() as tasks:
                sampling = tasks.create_task(recorder.run(stack))
                await traffic.run(plan, print)
                sampling.cancel()
    recording.about = f"{traffic.published:,} messages in {plan.minutes:g} min"
    return recording


def draw(recording: Recording) -> int:
    """Draw every dashboard; return their number."""
    found = dashboards(topology.load())
    with serving(recording.file) as server:
        picture = Picture(recording, server)
        for name, dashboard in found.items():
            picture.draw(dashboard, name, FOLDER / f"{name}.png")
    return len(found)


def main() -> int:
    """Return 0 if every dashboard is drawn, 2 if a program is missing."""
    options = arguments()
    try:
        find_program(PROMETHEUS)  # fail before the run, not after it
        if not options.recorded:
            asyncio.run(record(Plan(options.minutes, options.rate, options.seed))).save(RECORDED)
        drawn = draw(Recording.load(RECORDED))
    except (StackError, FileNotFoundError) as error:
        print(f"dashboards: {error}", file=sys.stderr)
        return 2
    print(f"dashboards: {drawn} pictures in {FOLDER.relative_to(ROOT)}")
    if options.readme:
        README_PICTURES.mkdir(exist_ok=True)
        for name in README_DASHBOARDS:
            shutil.copy(FOLDER / f"{name}.png", README_PICTURES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
