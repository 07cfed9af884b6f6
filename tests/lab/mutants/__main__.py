"""Test the tests: `python -m tests.lab.mutants`. Takes minutes; writes `.reports/mutants/`.

Changes one expression of the code at a time. A change that no unit test of the same room notices survives: a
test is missing, or the change makes no difference. The sample of changes depends on the seed only.
"""

import argparse
import json
import sys
from dataclasses import asdict

from tests.lab.mutants.rooms import REPORTS, ROOMS, Result, run_room


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="mutants of each room")
    parser.add_argument("--seed", default="1", help="another seed draws another sample")
    parser.add_argument("--minutes", type=float, default=10, help="the most time for each room")
    parser.add_argument("--room", choices=ROOMS, action="append", help="only this room")
    return parser.parse_args()


def main() -> int:
    """Run every room, write the survivors down, and print the scores."""
    options = arguments()
    results = {
        name: run_room(name, count=options.count, seed=options.seed, limit_s=60 * options.minutes)
        for name in options.room or ROOMS
    }
    REPORTS.joinpath("survivors.diff").write_text(
        "\n".join(each.diff for each in results.values()), encoding="utf-8"
    )
    report = {
        "seed": options.seed,
        "rooms": {name: {**asdict(each), "diff": None} for name, each in results.items()},
    }
    REPORTS.joinpath("report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print("mutants:", "; ".join(summary(name, each) for name, each in results.items()))
    return 0 if all(each.killed for each in results.values()) else 1


def summary(name: str, result: Result) -> str:
    """Write a room's score."""
    unchecked = f", {len(result.unchecked)} not checked in time" if result.unchecked else ""
    return f"{name} {result.killed} of {result.checked} killed, of {result.known} known{unchecked}"


if __name__ == "__main__":
    sys.exit(main())
