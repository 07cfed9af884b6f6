"""Run the load test: `python -m tests.lab.load`; writes load.json and load.html to `.reports`."""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import uvloop

from tests.lab.load import report
from tests.lab.load.figures import figures
from tests.lab.load.plan import Plan
from tests.lab.load.run import OpenSystem, Run, run
from tests.lab.load.segments import join_runs, split_plan
from tests.lab.load.system import emulated, in_memory
from tests.lab.stack.errors import StackError
from tests.lab.stack.paths import ROOT

SEGMENT_FIGURES = ("published", "processed", "throughput", "handler_ms", "publish_to_processed_ms")


def arguments() -> dict[str, Any]:
    """Return the options of the command line; the defaults fit the emulators, not requirements 10.2."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.load", description=__doc__)
    parser.add_argument("--publishers", type=int, default=10)
    parser.add_argument("--rate", type=float, default=10.0, help="messages a second of each publisher")
    parser.add_argument("--size", type=int, default=5000, help="bytes of a message")
    parser.add_argument("--minutes", type=float, default=0.5)
    parser.add_argument(
        "--segment-minutes",
        type=float,
        default=0.0,
        help="start again with new emulators and an empty store after this time; 0: never",
    )
    parser.add_argument(
        "--customers", type=int, default=0, help="customers that share all orders; 0: one for each order"
    )
    parser.add_argument("--rejected", type=float, default=0.0, help="share of invalid orders")
    parser.add_argument(
        "--in-memory",
        action="store_true",
        help="the bench's backend in place of the emulators and the fault proxy; each part on its core",
    )
    return vars(parser.parse_args())


def main() -> int:
    """Return 0 if every message is finished, 1 if not, 2 if the stack cannot run."""
    options = arguments()
    open_system = in_memory if options.pop("in_memory") else emulated
    segment_s = 60 * options.pop("segment_minutes")
    plans = split_plan(Plan(seconds=60 * options.pop("minutes"), **options), segment_s)
    try:
        runs = [_run_segment(number, plans, open_system) for number in range(len(plans))]
    except StackError as error:
        print(f"load: {error}", file=sys.stderr)
        return 2
    joined = join_runs(runs)
    numbers = figures(joined)
    if len(runs) > 1:
        numbers["segments"] = [_segment_figures(figures(each)) for each in runs]
    report.write(ROOT / ".reports", numbers, joined)
    print(_summary(numbers))
    return int(bool(joined.schedule.published_at.keys() - joined.deliveries.finished_at.keys()))


def _run_segment(number: int, plans: Sequence[Plan], open_system: OpenSystem) -> Run:
    if len(plans) > 1:
        print(f"load: segment {number + 1} of {len(plans)}", flush=True)
    # In this process the relay runs: with the faster loop it keeps up with the functions.
    start = uvloop.run if open_system is in_memory else asyncio.run
    return start(run(plans[number], open_system))


def _segment_figures(numbers: Mapping[str, Any]) -> dict[str, Any]:
    noise = {"noise_share": numbers["machine"]["noise_share"]}
    return {name: numbers[name] for name in SEGMENT_FIGURES} | noise


def _summary(numbers: Mapping[str, Any]) -> str:
    machine = numbers["machine"]
    bottleneck = f"; {machine['bottleneck']}" if machine["bottleneck"] else ""
    return (
        f"load: {numbers['processed']} of {numbers['published']} messages processed at "
        f"{numbers['throughput']:.0f}/s; handler p99 {numbers['handler_ms'].get('p99')} ms, "
        f"publish to processed p99 {numbers['publish_to_processed_ms'].get('p99')} ms; "
        f"{numbers['generator']['statement']}{bottleneck}; "
        f"other programs used {machine['noise_share']:.0%} of the machine"
    )


if __name__ == "__main__":
    sys.exit(main())
