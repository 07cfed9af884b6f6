"""Measure growth: `python -m tests.lab.growth`. Takes minutes; writes `.reports/growth.json` and a picture.

Exits with 1 if the cost of a message grows more than allowed with stored orders or with lines.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import uvloop

from tests.lab.bench import cores
from tests.lab.growth import emulator, lines, plot, stored, verdict
from tests.lab.stack.paths import ROOT

REPORT = ROOT / ".reports" / "growth.json"


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.growth", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=8, help="of fifty orders, for each size and round")
    parser.add_argument("--without-emulator", action="store_true", help="do not measure Firestore's emulator")
    return parser.parse_args()


def main() -> int:
    """Measure, write the report, and judge."""
    options = arguments()
    cores.use_other_cores()
    print(f"growth: {', '.join(f'{size:,}' for size in stored.SIZES)} stored orders", flush=True)
    stored_costs, template = stored.measure(options.rounds, options.batches)
    print(f"growth: orders of {', '.join(f'{size:,}' for size in lines.MESSAGES)} lines", flush=True)
    lines_costs = lines.measure(options.rounds)
    emulator_ms = {} if options.without_emulator else uvloop.run(emulator.measure(options.rounds, template))
    by_stored, by_lines = verdict.stored(stored_costs), verdict.lines(lines_costs)
    report = {
        "machine": {"cores": os.cpu_count(), "pinned": cores.PINNED},
        "bounds": {"stored_ratio": verdict.MAX_STORED_RATIO, "lines_exponent": verdict.MAX_LINES_EXPONENT},
        "stored": {name: asdict(each) for name, each in by_stored.items()},
        "lines": {name: asdict(each) for name, each in by_lines.items()},
        "emulator": emulator_ms,
        "rounds": {"stored": stored_costs, "lines": lines_costs},
    }
    written = json.dumps(report, indent=2)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(written + "\n", encoding="utf-8")
    plot.draw(json.loads(written), REPORT.with_suffix(".svg"))
    return print_verdict(by_stored, by_lines)


def print_verdict(by_stored: Mapping[str, verdict.Stored], by_lines: Mapping[str, verdict.Lines]) -> int:
    """Print a summary line; return 1 if a cost grows more than allowed."""
    figures: list[Any] = [f"{name} x {each.ratio}" for name, each in by_stored.items()]
    powers = [
        f"{name} {each.line.per_unit_us:.0f} us a line, exponent {each.exponent}"
        for name, each in by_lines.items()
    ]
    excess = verdict.find_excesses(by_stored, by_lines)
    verdict_text = f"TOO MUCH GROWTH: {'; '.join(excess)}" if excess else "flat and linear"
    span = f"from {min(stored.SIZES):,} to {max(stored.SIZES):,} stored orders"
    print(f"growth: {verdict_text}; {span} {', '.join(figures)}; {', '.join(powers)}")
    return 1 if excess else 0


if __name__ == "__main__":
    sys.exit(main())
