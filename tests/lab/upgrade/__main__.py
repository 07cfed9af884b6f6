"""Run the drill: `python -m tests.lab.upgrade`; exit 0 only if no message was lost or applied twice.

The relay pushes first to the release alone, then to both, to the present functions alone, and back. Each can
read what the other has written: claims, orders, stock, waiting lists, events and failed messages.
"""

import argparse
import asyncio
import sys
from functools import partial
from itertools import cycle, islice

from tests.lab import drill_report
from tests.lab.chaos.run import DrillResult, Plan, run
from tests.lab.chaos.storm import Storm
from tests.lab.stack.errors import StackError
from tests.lab.upgrade import release


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.upgrade", description=__doc__)
    parser.add_argument("--messages", type=int, default=3_000)
    parser.add_argument("--rate", type=float, default=40.0, help="messages a second")
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--switches", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


async def switch_releases(switches: int, storm: Storm, seconds: float) -> None:
    """Change at even intervals over the seconds which release the relay pushes to; both serve afterwards."""
    old = [name for name in storm.processes if name.endswith("-release")]
    new = [name for name in storm.processes if name not in old]
    # Of the release only functions with subscriptions run: the console is always the present one.
    steps = cycle([[*old, "console"], [*old, *new], new, [*old, *new]])
    for names in islice(steps, switches):
        storm.push_to(names)
        await asyncio.sleep(seconds / switches)


def main() -> int:
    """Return 0 if the drill succeeded, 1 if a message was lost, applied twice or wrong, 2 without a stack."""
    options = arguments()
    try:
        plan = Plan(
            options.messages,
            options.faults,
            options.rate,
            options.seed,
            failing_orders=2,
            release=release.unpack(),
        )
        print(f"upgrade: {options.messages} messages, {release.TAG} and the present functions")
        result = asyncio.run(run(plan, print, partial(switch_releases, options.switches)))
    except (StackError, TimeoutError) as error:
        print(f"upgrade: {error!r}", file=sys.stderr)
        return 2
    found = report(result, options.switches)
    drill_report.write("upgrade", found)
    for finding in result.findings[:20]:
        print(f"  {finding.kind}: {finding.text}")
    print(
        f"upgrade: {found['messages']} messages, {found['switches']} switches, {found['faults']} faults: "
        f"{found['lost']} lost, {found['double']} double or wrong"
    )
    return 1 if result.findings else 0


def report(result: DrillResult, switches: int) -> dict[str, object]:
    """Return the drill's entry in the report file."""
    return {
        "release": release.TAG,
        "messages": result.messages,
        "switches": switches,
        "faults": result.faults.total(),
        "lost": result.count("lost"),
        "double": len(result.findings) - result.count("lost"),
        "processed": result.processed,
        "failed": dict(result.failed),
        "seconds": round(result.seconds, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
