"""Measure memory: `python -m tests.lab.memory`. Takes minutes; writes `.reports/memory.json` and a picture.

Exits with 1 if a function's memory grows, or may grow, with its messages, or if a message of 10 MB needs more
of an instance than allowed.
"""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tests.lab.bench import cores
from tests.lab.bench.orders import lines_for
from tests.lab.memory import peak, plot, steady, verdict
from tests.lab.stack.paths import ROOT

REPORT = ROOT / ".reports" / "memory.json"


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.memory", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000, help="messages for each function")
    parser.add_argument("--size", type=int, default=5000, help="bytes of an order (requirements 10.2)")
    return parser.parse_args()


def main() -> int:
    """Measure, write the report, and judge."""
    options = arguments()
    cores.use_other_cores()
    print("memory: orders of 10 MB", flush=True)
    peaks = peak.measure()
    print(f"memory: {options.messages:,} messages of {options.size:,} bytes to each function", flush=True)
    samples = steady.measure(options.messages, lines_for(options.size))
    trends = {name: steady.second_half(each) for name, each in samples.items()}
    report = {
        "machine": {"cores": os.cpu_count(), "pinned": cores.PINNED},
        "bounds": {
            "bytes_per_message": verdict.LEAK_BYTES_PER_MESSAGE,
            "share_of_deployed": verdict.MAX_PEAK_SHARE,
        },
        "steady": {name: _steady(each, asdict(trends[name])) for name, each in samples.items()},
        "peaks": {name: asdict(each) for name, each in peaks.items()},
    }
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    plot.draw(report, REPORT.with_suffix(".svg"))
    excess = verdict.find_excesses(trends, peaks)
    figures = [f"{name} {each} bytes a message" for name, each in trends.items()]
    highest = [f"{name} {each.highest >> 20} of {each.deployed >> 20} MiB" for name, each in peaks.items()]
    verdict_text = f"TOO MUCH: {'; '.join(excess)}" if excess else "steady"
    print(f"memory: {verdict_text}; {', '.join(figures)}; a message of 10 MB {', '.join(highest)}")
    return 1 if excess else 0


def _steady(samples: Sequence[steady.Sample], found: Mapping[str, float]) -> dict[str, Any]:
    quarter = max(1, len(samples) // 4)
    return {
        "trend": found,
        "cpu_ms_first_quarter": round(statistics.mean(each.cpu_ms for each in samples[:quarter]), 3),
        "cpu_ms_last_quarter": round(statistics.mean(each.cpu_ms for each in samples[-quarter:]), 3),
        "samples": [asdict(each) for each in samples],
    }


if __name__ == "__main__":
    sys.exit(main())
