"""Take Firestore away under load: `python -m tests.lab.outage`; exit 0 only if no person is needed."""

import argparse
import asyncio
import json
import sys

from tests.lab.outage.run import Outcome, Plan, run
from tests.lab.stack.errors import StackError
from tests.lab.stack.paths import ROOT

REPORT = ROOT / ".reports" / "outage.json"


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.outage", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long Firestore is away")
    parser.add_argument("--rate", type=float, default=10.0, help="messages a second")
    parser.add_argument("--time-scale", type=float, default=1.0, help="of waits; 1 is real time")
    return parser.parse_args()


def main() -> int:
    """Return 0 if nothing is open, lost or applied twice, else 1; 2 without a stack."""
    options = arguments()
    plan = Plan(options.rate, options.seconds, around_s=20.0, time_scale=options.time_scale)
    print(f"outage: Firestore is away for {plan.away_s:.0f} s at {plan.rate:g} messages/s", flush=True)
    try:
        outcome = asyncio.run(run(plan, lambda line: print(line, flush=True)))
    except (StackError, TimeoutError) as error:
        print(f"outage: {error!r}", file=sys.stderr)
        return 2
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report(plan, outcome), indent=2) + "\n", encoding="utf-8")
    for finding in outcome.findings[:20]:
        print(f"  {finding.kind}: {finding.text}")
    for description, count in outcome.open.most_common(20):
        print(f"  open: {count} x {description}")
    lost = sum(each.kind == "lost" for each in outcome.findings)
    wrong = len(outcome.findings) - lost
    print(
        f"outage: {outcome.messages} messages, {outcome.failed} failed, {outcome.open.total()} open, "
        f"{lost} lost, {wrong} double or wrong; recovered after {outcome.recovery_s:.0f} s"
    )
    return 1 if outcome.findings or outcome.open or outcome.people else 0


def report(plan: Plan, outcome: Outcome) -> dict[str, object]:
    """Return the content of the report file."""
    return {
        "away_s": plan.away_s,
        "rate": plan.rate,
        "time_scale": plan.time_scale,
        "messages": outcome.messages,
        "failed": outcome.failed,
        "most_open": outcome.most_open,
        "open": dict(outcome.open),
        "automatic": dict(outcome.automatic),
        "recovery_s": round(outcome.recovery_s, 1),
        "findings": [f"{each.kind}: {each.text}" for each in outcome.findings],
    }


if __name__ == "__main__":
    sys.exit(main())
