"""Measure growth: `python -m tests.lab.growth`. Some minutes; writes `.reports/growth.json` and a picture.

Ends with 1 where a message costs more than its bound allows as stored orders or lines become more.
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
    parser.add_argument("--batches", type=int, default=8, help="of fifty orders, of each size in each round")
    parser.add_argument("--without-emulator", action="store_true", help="leave Firestore's emulator out")
    return parser.parse_args()


def main() -> int:
    """Measure, write down, judge."""
    options = arguments()
    cores.use_other_cores()
    print(f"growth: {', '.join(f'{size:,}' for size in stored.SIZES)} stored orders", flush=True)
    stored_costs, template = stored.measure(options.rounds, options.batches)
    print(f"growth: orders of {', '.join(f'{size:,}' for size in lines.MESSAGES)} lines", flush=True)
    lines_costs = lines.measure(options.rounds)
    answers = {} if options.without_emulator else uvloop.run(emulator.measure(options.rounds, template))
    by_stored, by_lines = verdict.stored(stored_costs), verdict.lines(lines_costs)
    report = {
        "machine": {"cores": os.cpu_count(), "pinned": cores.PINNED},
        "bounds": {"stored_ratio": verdict.FLAT, "lines_exponent": verdict.LINEAR},
        "stored": {name: asdict(each) for name, each in by_stored.items()},
        "lines": {name: asdict(each) for name, each in by_lines.items()},
        "emulator": answers,
        "rounds": {"stored": stored_costs, "lines": lines_costs},
    }
    written = json.dumps(report, indent=2)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(written + "\n", encoding="utf-8")
    plot.draw(json.loads(written), REPORT.with_suffix(".svg"))
    return told(by_stored, by_lines)


def told(by_stored: Mapping[str, verdict.Stored], by_lines: Mapping[str, verdict.Lines]) -> int:
    """Say it in one line; return 1 where something grows beyond its bound."""
    figures: list[Any] = [f"{name} x {each.ratio}" for name, each in by_stored.items()]
    powers = [
        f"{name} {each.line.per_unit_us:.0f} us a line, exponent {each.exponent}"
        for name, each in by_lines.items()
    ]
    excess = verdict.excesses(by_stored, by_lines)
    verdict_text = f"TOO MUCH GROWTH: {'; '.join(excess)}" if excess else "flat and linear"
    span = f"from {min(stored.SIZES):,} to {max(stored.SIZES):,} stored orders"
    print(f"growth: {verdict_text}; {span} {', '.join(figures)}; {', '.join(powers)}")
    return 1 if excess else 0


if __name__ == "__main__":
    sys.exit(main())
