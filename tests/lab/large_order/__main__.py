"""Run an order of 10 MB: `python -m tests.lab.large_order`; exit 0 only if it ends shipped and captured."""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict

from tests.lab.large_order.run import large_order, run
from tests.lab.stack.errors import StackError
from tests.lab.stack.paths import ROOT

REPORT = ROOT / ".reports" / "large_order.json"
MESSAGE_LIMIT = 9_998_000
"""Bytes that Pub/Sub takes, less those of attributes (requirements 1.1)."""

HEAP_MIB = 6_144
"""The emulator of Firestore keeps every version of every document."""


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.large_order", description=__doc__)
    parser.add_argument("--lines", type=int, default=0, help="as many as a message takes without this")
    return parser.parse_args()


def main() -> int:
    """Return 0 if the order was shipped, counted down and captured; 2 where it did not come that far."""
    lines = arguments().lines or largest()
    print(f"large order: {lines:,} lines, each of a sku of its own", flush=True)
    try:
        result = asyncio.run(run(lines, lambda text: print(text, flush=True), HEAP_MIB))
    except (StackError, TimeoutError) as error:
        print(f"large order: {error!r}", file=sys.stderr)
        return 2
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
    peaks = ", ".join(f"{name} {peak >> 20}" for name, peak in result.peaks.items())
    print(
        f"large order: {result.payload_bytes:,} bytes, {result.status}, "
        f"{result.departed:,} skus counted down; peak MiB: {peaks}"
    )
    return 0 if (result.status, result.departed) == ("SHIPPED", lines) else 1


def largest() -> int:
    """Return how many lines an order has that fills its message."""
    sample = 1_000
    size = len(json.dumps(large_order(sample), separators=(",", ":")))
    empty = len(json.dumps(large_order(1), separators=(",", ":")))
    return int((MESSAGE_LIMIT - empty) / ((size - empty) / (sample - 1)))


if __name__ == "__main__":
    sys.exit(main())
