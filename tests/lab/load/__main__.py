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
    """Return what is asked for; emulators hold less than requirements 10.2 ask for."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.load", description=__doc__)
    parser.add_argument("--publishers", type=int, default=10)
    parser.add_argument("--rate", type=float, default=10.0, help="messages a second of each publisher")
    parser.add_argument("--size", type=int, default=5000, help="bytes of a message")
    parser.add_argument("--minutes", type=float, default=0.5)
    parser.add_argument(
        "--customers", type=int, default=0, help="who share all orders; 0: one for each order"
    )
    parser.add_argument("--rejected", type=float, default=0.0, help="share of orders that are not valid")
    asked = vars(parser.parse_args())
    return Plan(seconds=60 * asked.pop("minutes"), **asked)


def main() -> int:
    """Return 0 where every message came to its end, 1 where one did not."""
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
    return int(bool(seen.schedule.published_at.keys() - seen.deliveries.ended_at.keys()))


if __name__ == "__main__":
    sys.exit(main())
