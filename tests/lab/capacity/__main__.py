"""Print the capacity model of the last bench: `python -m tests.lab.capacity`.

`--write` writes it into measurements.md. `--count` first counts the calls of a message again.
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.lab.capacity import usage
from tests.lab.capacity.count import count
from tests.lab.capacity.section import (
    DEPLOYMENT_PAGE,
    MEASUREMENTS_PAGE,
    Costs,
    deployment,
    replace_section,
    section,
)
from tests.lab.stack.paths import ROOT


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.capacity", description=__doc__)
    parser.add_argument(
        "--report", type=Path, default=ROOT / ".reports" / "bench.json", help="the report of `make bench`"
    )
    parser.add_argument("--count", action="store_true", help="count the calls of a message again")
    parser.add_argument("--write", action="store_true", help="write the tables into measurements.md")
    return parser.parse_args()


def main() -> int:
    """Return 0, or 1 without a bench report."""
    options = arguments()
    if not options.report.exists():
        print("capacity: run `make bench` first", file=sys.stderr)
        return 1
    if options.count:
        usage.record(asyncio.run(count(os.environ)))
    costs = costs_of(json.loads(options.report.read_text(encoding="utf-8")))
    for page, part in ((MEASUREMENTS_PAGE, section(costs)), (DEPLOYMENT_PAGE, deployment(costs))):
        if options.write:
            page.write_text(replace_section(page.read_text(encoding="utf-8"), part), encoding="utf-8")
        else:
            print(part)
    return 0


def costs_of(report: dict[str, Any]) -> Costs:
    """Return the processor times of the largest orders in a bench report."""
    sizes = report["per_message"]
    variants = sizes[max(sizes, key=int)]["variants"]
    return Costs(*(variants[name]["cpu_ms"] for name in ("order_create", "inventory", "payment")))


if __name__ == "__main__":
    sys.exit(main())
