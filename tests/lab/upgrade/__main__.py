"""Run the drill: `python -m tests.lab.upgrade`; exit 0 only if no message was lost or applied twice.

The relay pushes first to the release alone, then to both, to the present functions alone, and back. Each can
read what the other has written: claims, orders, stock, waiting lists, events and failed messages.
"""

import argparse
import asyncio
import sys
from itertools import cycle

from tests.lab import drill_report
from tests.lab.chaos.run import Outcome, Plan, run
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


class Switching:
    """Change again and again which release the relay pushes to."""

    def __init__(self, switches: int) -> None:
        self._switches = switches

    async def __call__(self, storm: Storm, seconds: float) -> None:
        """Switch at even intervals over the given seconds; both serve afterwards."""
        old = [name for name in storm.processes if name.endswith("-release")]
        new = [name for name in storm.processes if name not in old]
        steps = cycle([[*old, "console"], [*old, *new], new, [*old, *new]])
        for _, names in zip(range(self._switches), steps, strict=False):
            storm.push_to(names)
            await asyncio.sleep(seconds / self._switches)


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
        outcome = asyncio.run(run(plan, print, Switching(options.switches)))
    except (StackError, TimeoutError) as error:
        print(f"upgrade: {error!r}", file=sys.stderr)
        return 2
    found = report(outcome, options.switches)
    drill_report.write("upgrade", found)
    for finding in outcome.findings[:20]:
        print(f"  {finding.kind}: {finding.text}")
    print(
        f"upgrade: {found['messages']} messages, {found['switches']} switches, {found['faults']} faults: "
        f"{found['lost']} lost, {found['double']} double or wrong"
    )
    return 1 if outcome.findings else 0


def report(outcome: Outcome, switches: int) -> dict[str, object]:
    """Return the drill's entry in the report file."""
    return {
        "release": release.TAG,
        "messages": outcome.messages,
        "switches": switches,
        "faults": outcome.faults.total(),
        "lost": outcome.count("lost"),
        "double": len(outcome.findings) - outcome.count("lost"),
        "processed": outcome.processed,
        "failed": dict(outcome.failed),
        "seconds": round(outcome.seconds, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
