"""Run the storm: `python -m tests.lab.chaos`; exit 0 only if no message was lost and none applied twice."""

import argparse
import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.lab.chaos.bugs import BUGS, caught_by
from tests.lab.chaos.conditions import CLOCKS_AN_HOUR_OFF
from tests.lab.chaos.run import DrillResult, Plan, run
from tests.lab.stack.errors import StackError
from tests.lab.stack.paths import ROOT

REPORT = ROOT / ".reports" / "chaos.json"
SMALL = Plan(messages=400, faults=25, rate=60.0, seed=0, time_scale=0.2, nacks_per_minute=6000)
"""A run that is large enough to reveal every seeded bug. Deferred messages are retried, not dead-lettered."""


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.chaos", description=__doc__)
    parser.add_argument("--messages", type=int, default=5_200)
    parser.add_argument(
        "--faults", type=int, default=220, help="faults to inject; some hit more than one call"
    )
    parser.add_argument("--rate", type=float, default=60.0, help="messages a second")
    parser.add_argument("--instances", type=int, default=2, help="processes of each function in the storm")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument(
        "--bugs", default=",".join(BUGS), help="bugs to seed after the storm: bug,bug,...; empty for none"
    )
    return parser.parse_args()


def main() -> int:
    """Return 0 if every guarantee held and every seeded bug was caught, else 1; 2 without a stack."""
    options = arguments()
    try:
        result, caught = asyncio.run(_all(options))
    except (StackError, TimeoutError) as error:
        print(f"chaos: {error!r}", file=sys.stderr)
        return 2
    _write(report(result, caught, options), REPORT)
    for finding in result.findings[:20]:
        print(f"  {finding.kind}: {finding.text}")
    missed = [name for name, found in caught.items() if not found]
    lost, double = result.count("lost"), len(result.findings) - result.count("lost")
    print(
        f"chaos: {result.messages} messages, {result.faults.total()} faults: {lost} lost, {double} double "
        f"or wrong; {sum(result.failed.values())} failed messages; "
        f"{len(caught) - len(missed)} of {len(caught)} seeded bugs caught"
        + (f", missed: {', '.join(missed)}" if missed else "")
    )
    return 1 if result.findings or missed else 0


async def _all(options: argparse.Namespace) -> tuple[DrillResult, dict[str, list[str]]]:
    print(f"chaos: {options.messages} messages, {options.faults} injected faults, seed {options.seed}")
    plan = Plan(
        options.messages,
        options.faults,
        options.rate,
        options.seed,
        instances=options.instances,
        sources=CLOCKS_AN_HOUR_OFF,
    )
    result = await run(plan, print)
    caught = {}
    for name in filter(None, options.bugs.split(",")):
        print(f"chaos: seeded bug: {BUGS[name].title}")
        seeded = await run(replace(SMALL, seed=options.seed, sources=BUGS[name].sources), lambda _: None)
        caught[name] = caught_by(seeded)
        print(f"  caught by {', '.join(caught[name]) or 'nothing'}")
    return result, caught


def report(result: DrillResult, caught: dict[str, list[str]], options: argparse.Namespace) -> dict[str, Any]:
    """Return the content of the report file."""
    return {
        "seed": options.seed,
        "instances": options.instances,
        "messages": result.messages,
        "faults": result.faults.total(),
        "lost": result.count("lost"),
        "double": len(result.findings) - result.count("lost"),
        "processed": result.processed,
        "failed": dict(result.failed),
        "faults_by_kind": dict(sorted(result.faults.items())),
        "findings": [f"{each.kind}: {each.text}" for each in result.findings],
        "seeded_bugs": caught,
        "seconds": round(result.seconds, 1),
    }


def _write(content: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
