"""Print the capacity model from the last bench: `python -m tests.load.capacity`."""

import json
import sys

from tests.load.capacity.model import available, need
from tests.stack.paths import ROOT

RATES = (100, 1_000, 10_000, 100_000)
CALL_MS = 20.0
CONCURRENCY = 20
SLAS = {"Pub/Sub": 0.9995, "Cloud Run": 0.9995, "Firestore, one region": 0.9999}


def main() -> int:
    """Return 0, or 1 where there is no bench to compute from."""
    path = ROOT / ".reports" / "bench.json"
    if not path.exists():
        print("capacity: run `make bench` first", file=sys.stderr)
        return 1
    sizes = json.loads(path.read_text(encoding="utf-8"))["per_message"]
    lines = max(sizes, key=int)
    cpu_ms = sizes[lines]["variants"]["order_create"]["cpu_ms"]
    print(f"orders of {lines} lines at {cpu_ms} ms of processor, services that answer in {CALL_MS:.0f} ms")
    for rate in RATES:
        needed = need(rate, cpu_ms=cpu_ms, call_ms=CALL_MS, concurrency=CONCURRENCY)
        ramp = f", {5 * needed.doublings} minutes of Firestore's ramp" if needed.doublings else ""
        print(f"  {rate:7,}/s: {needed.instances:5} instances, limited by {needed.limited_by}{ramp}")
    print(f"capacity: available {available(*SLAS.values()):.2%} by the parts' SLAs ({', '.join(SLAS)})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
