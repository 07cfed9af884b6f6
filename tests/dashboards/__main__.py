"""Draw the dashboards: `python -m tests.dashboards`; writes pictures to `.reports/dashboards`."""

import argparse
import asyncio
import sys
import uuid
from random import Random

from tests.dashboards.catalogue import dashboards
from tests.dashboards.picture import Picture
from tests.dashboards.prometheus import serving
from tests.dashboards.recorder import Recorder
from tests.dashboards.recording import Recording
from tests.dashboards.traffic import Plan, Traffic
from tests.load.chaos.wire import Wire
from tests.stack import topology
from tests.stack.errors import StackError
from tests.stack.paths import ROOT
from tests.stack.stack import Stack

FOLDER = ROOT / ".reports" / "dashboards"
RECORDED = FOLDER / "recorded"


def arguments() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="python -m tests.dashboards", description=__doc__)
    parser.add_argument("--minutes", type=float, default=12.0, help="how long orders are placed")
    parser.add_argument("--rate", type=float, default=1.5, help="orders a second, of some six messages each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--recorded", action="store_true", help="draw the last run once more")
    return parser.parse_args()


async def record(plan: Plan) -> Recording:
    """Run the whole stack by plan and return what was measured."""
    recording = Recording(about="")
    recorder = Recorder(recording)
    stack = Stack(recorder.sink, project=f"dashboards-{uuid.uuid4().hex[:8]}")
    async with stack, Wire(stack.emulators.pubsub, stack.project) as wire:
        traffic = Traffic(stack, wire, Random(plan.seed))  # noqa: S311  # repeatable, and keeps no secret
        with recorder.listening():
            looking = asyncio.create_task(recorder.run(stack))
            await traffic.run(plan, print)
            looking.cancel()
    recording.about = f"{traffic.published} messages in {plan.minutes:g} min"
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
    """Return 0 where every dashboard is drawn, 2 where the stack does not start."""
    options = arguments()
    if not options.recorded:
        try:
            recording = asyncio.run(record(Plan(options.minutes, options.rate, options.seed)))
        except StackError as error:
            print(f"dashboards: {error}", file=sys.stderr)
            return 2
        recording.save(RECORDED)
    print(f"dashboards: {draw(Recording.load(RECORDED))} pictures in {FOLDER.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
