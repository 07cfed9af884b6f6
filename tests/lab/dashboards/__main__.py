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
from tests.lab.dashboards.prometheus import program, serving
from tests.lab.dashboards.recorder import Recorder
from tests.lab.dashboards.recording import Recording
from tests.lab.dashboards.traffic import Plan, Traffic
from tests.lab.stack import topology
from tests.lab.stack.errors import StackError
from tests.lab.stack.paths import ROOT
from tests.lab.stack.stack import Stack

FOLDER = ROOT / ".reports" / "dashboards"
RECORDED = FOLDER / "recorded"
OF_README = Path(__file__).parent / "pictures"
SHOWN = (OVERVIEW, "payment")
"""The dashboards that the README shows."""


def arguments() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.dashboards", description=__doc__)
    parser.add_argument("--minutes", type=float, default=7.0, help="how long orders are placed")
    parser.add_argument("--rate", type=float, default=1.0, help="orders a second, of some six messages each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--recorded", action="store_true", help="draw the last run once more")
    parser.add_argument("--readme", action="store_true", help="renew the README's pictures, too")
    return parser.parse_args()


async def record(plan: Plan) -> Recording:
    """Run the whole stack by plan and return what was measured."""
    recording = Recording(about="")
    recorder = Recorder(recording)
    stack = Stack(recorder.sink, project=f"dashboards-{uuid.uuid4().hex[:8]}")
    async with stack, Wire(stack.emulators.pubsub, stack.project) as wire:
        traffic = Traffic(stack, wire, Random(plan.seed))  # noqa: S311  # repeatable, and keeps no secret
        with recorder.listening():
            async with asyncio.TaskGroup() as tasks:
                looking = tasks.create_task(recorder.run(stack))
                await traffic.run(plan, print)
                looking.cancel()
    recording.about = f"{traffic.published:,} messages in {plan.minutes:g} min"
    return recording


def draw(recording: Recording) -> int:
    """Draw every dashboard; return how many there are."""
    found = dashboards(topology.load())
    with serving(recording.file) as server:
        picture = Picture(recording, server)
        for name, dashboard in found.items():
            picture.draw(dashboard, name, FOLDER / f"{name}.png")
    return len(found)


def main() -> int:
    """Return 0 where every dashboard is drawn, 2 where something is missing for it."""
    options = arguments()
    try:
        program("prometheus")  # before the run that it is needed after
        if not options.recorded:
            asyncio.run(record(Plan(options.minutes, options.rate, options.seed))).save(RECORDED)
        drawn = draw(Recording.load(RECORDED))
    except (StackError, FileNotFoundError) as error:
        print(f"dashboards: {error}", file=sys.stderr)
        return 2
    print(f"dashboards: {drawn} pictures in {FOLDER.relative_to(ROOT)}")
    if options.readme:
        OF_README.mkdir(exist_ok=True)
        for name in SHOWN:
            shutil.copy(FOLDER / f"{name}.png", OF_README)
    return 0


if __name__ == "__main__":
    sys.exit(main())
