"""Run the load test: `python -m tests.lab.load`; writes load.json and load.html to `.reports`."""

import argparse
import asyncio
import sys

from tests.lab.load import report
from tests.lab.load.figures import figures
from tests.lab.load.plan import Plan
from tests.lab.load.run import run
from tests.lab.stack.errors import StackError
from tests.lab.stack.paths import ROOT


def arguments() -> Plan:
    """Return the plan from the command line; the defaults fit the emulators, not requirements 10.2."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.load", description=__doc__)
    parser.add_argument("--publishers", type=int, default=10)
    parser.add_argument("--rate", type=float, default=10.0, help="messages a second of each publisher")
    parser.add_argument("--size", type=int, default=5000, help="bytes of a message")
    parser.add_argument("--minutes", type=float, default=0.5)
    parser.add_argument(
        "--customers", type=int, default=0, help="customers that share all orders; 0: one for each order"
    )
    parser.add_argument("--rejected", type=float, default=0.0, help="share of invalid orders")
    options = vars(parser.parse_args())
    return Plan(seconds=60 * options.pop("minutes"), **options)


def main() -> int:
    """Return 0 if every message is finished, 1 if not, 2 if the stack cannot run."""
    plan = arguments()
    try:
        seen = asyncio.run(run(plan))
    except StackError as error:
        print(f"load: {error}", file=sys.stderr)
        return 2
    numbers = figures(seen)
    report.write(ROOT / ".reports", numbers, seen)
    print(
        f"load: {numbers['processed']} of {numbers['published']} messages processed at "
        f"{numbers['throughput']:.0f}/s; handler p99 {numbers['handler_ms'].get('p99')} ms, "
        f"publish to processed p99 {numbers['publish_to_processed_ms'].get('p99')} ms; "
        f"{numbers['generator']['statement']}"
    )
    return int(bool(seen.schedule.published_at.keys() - seen.deliveries.finished_at.keys()))


if __name__ == "__main__":
    sys.exit(main())
