"""Take a service away under load: `python -m tests.lab.outage`; exit 0 only if no person is needed.

firestore: every call is answered with UNAVAILABLE. quota: with RESOURCE_EXHAUSTED.
publish: Pub/Sub answers RESOURCE_EXHAUSTED to every message that a function publishes.
kms: Cloud KMS is away while a rotation makes some functions start; the others have their keys.
disk: no function can write to a file, and some start again.
Several names take one away after the other.
"""

import argparse
import asyncio
import sys

from tests.lab import drill_report
from tests.lab.outage.absences import ABSENCES
from tests.lab.outage.run import DrillResult, Plan, run
from tests.lab.stack.errors import StackError


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab.outage",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--away", nargs="+", choices=ABSENCES, default=["firestore"], help="what is away")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long each is away")
    parser.add_argument("--rate", type=float, default=10.0, help="messages a second")
    parser.add_argument("--time-scale", type=float, default=1.0, help="of waits; 1 is real time")
    return parser.parse_args()


def main() -> int:
    """Return the exit status: 0 if the outage healed, 1 if not, 2 without a stack.

    It healed if it recovered in time, nothing is open, lost or applied twice, no person acted, and no
    personal data is readable.
    """
    options = arguments()
    plan = Plan(
        options.rate, tuple(options.away), options.seconds, around_s=20.0, time_scale=options.time_scale
    )
    what = ", then ".join(plan.away)
    print(f"outage: {what} away for {plan.away_s:.0f} s at {plan.rate:g} messages/s", flush=True)
    try:
        result = asyncio.run(run(plan, lambda line: print(line, flush=True)))
    except (StackError, TimeoutError) as error:
        print(f"outage: {error!r}", file=sys.stderr)
        return 2
    numbers = report(plan, result)
    drill_report.write("_".join(("outage", *plan.away)), numbers)
    for finding in result.findings[:20]:
        print(f"  {finding.kind}: {finding.text}")
    for description, count in result.open.most_common(20):
        print(f"  open: {count} x {description}")
    recovery = "not recovered in time"
    if result.recovery_s is not None:
        recovery = f"recovered after {result.recovery_s:.0f} s"
    print(
        f"outage: {result.messages} messages, {result.failed} failed, {result.open.total()} open, "
        f"{numbers['lost']} lost, {numbers['double_or_wrong']} double or wrong, "
        f"{result.personal} with personal data; {recovery}"
    )
    healed = result.recovery_s is not None and not (
        result.findings or result.open or result.people or result.personal
    )
    return 0 if healed else 1


def report(plan: Plan, result: DrillResult) -> dict[str, object]:
    """Return the drill's entry in the report file."""
    return {
        "away_s": plan.away_s,
        "rate": plan.rate,
        "time_scale": plan.time_scale,
        "messages": result.messages,
        "failed": result.failed,
        "most_open": result.most_open,
        "open": dict(result.open),
        "lost": sum(each.kind == "lost" for each in result.findings),
        "double_or_wrong": sum(each.kind != "lost" for each in result.findings),
        "personal": result.personal,
        "automatic": dict(result.automatic),
        "recovery_s": result.recovery_s and round(result.recovery_s, 1),
        "findings": [f"{each.kind}: {each.text}" for each in result.findings],
        "while_away": {each: result.answers.figures(each) for each in plan.away},
    }


if __name__ == "__main__":
    sys.exit(main())
