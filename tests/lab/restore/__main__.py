"""Run the drill: `python -m tests.lab.restore`; exit 0 only if nothing differs from a run without the loss.

Messages are published under load. Firestore is exported, the load goes on, and the database is lost. The
export is restored under another name, the functions are given that name, and every subscription is sought to
a time before the export, while the load still goes on. Orders, stock, claims and events must then be what the
messages ask for. Shorter drills that omit a step follow: the comparison must find each.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.lab import drill_report
from tests.lab.restore.drill import DrillResult, Plan, run
from tests.lab.stack.errors import StackError

OMISSIONS: Mapping[str, Callable[[Plan], Plan]] = {
    "subscription_not_sought": lambda plan: replace(plan, not_sought="order-create-sub"),
    "order_versions_repeated": lambda plan: replace(plan, min_order_version=0),
}
"""Faults that a person could make in the procedure."""

SHORT_MESSAGES = 900


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.restore", description=__doc__)
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--rate", type=float, default=40.0, help="messages a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--omit", default=",".join(OMISSIONS), help="steps to omit in shorter drills; empty for none"
    )
    return parser.parse_args()


def main() -> int:
    """Return 0 if nothing differs and each omitted step is found, else 1; 2 without a stack."""
    options = arguments()
    try:
        result, found = asyncio.run(_all(options))
    except (StackError, TimeoutError) as error:
        print(f"restore: {error!r}", file=sys.stderr)
        return 2
    drill_report.write("restore", report(result, found))
    for finding in result.findings[:20]:
        print(f"  {finding.kind}: {finding.text}")
    missed = [name for name, kinds in found.items() if not kinds]
    print(
        f"restore: {result.messages} messages; {result.recovery_point_s:.0f} s of work were lost and done "
        f"again within {result.recovery_s:.0f} s: {len(result.findings)} differences; "
        f"{len(found) - len(missed)} of {len(found)} omitted steps found"
    )
    return 1 if result.findings or missed else 0


async def _all(options: argparse.Namespace) -> tuple[DrillResult, dict[str, list[str]]]:
    plan = Plan(options.messages, options.rate, options.seed)
    print(f"restore: {plan.messages} messages, seed {plan.seed}", flush=True)
    result = await run(plan, lambda line: print(line, flush=True))
    found = {}
    for name in filter(None, options.omit.split(",")):
        print(f"restore: omitted: {name}", flush=True)
        short = await run(OMISSIONS[name](replace(plan, messages=SHORT_MESSAGES)), lambda _: None)
        found[name] = sorted({each.kind for each in short.findings})
        print(f"  found by {', '.join(found[name]) or 'nothing'}")
    return result, found


def report(result: DrillResult, found: Mapping[str, list[str]]) -> dict[str, object]:
    """Return the drill's entry in the report file."""
    return {
        "messages": result.messages,
        "documents": result.documents,
        "redelivered": result.redelivered,
        "recovery_point_seconds": round(result.recovery_point_s, 1),
        "recovery_time_seconds": round(result.recovery_s, 1),
        "differences": len(result.findings),
        "findings": [f"{each.kind}: {each.text}" for each in result.findings],
        "omitted_steps": dict(found),
    }


if __name__ == "__main__":
    sys.exit(main())
