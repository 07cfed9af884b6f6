"""Compare the simulation with measured runs, then extrapolate: `python -m tests.lab.simulation`.

`--record NAME` keeps the last load test as a run to compare with; `--draw` writes the README's figures.
"""

import argparse
import sys

from tests.lab.simulation import experiments, recorded
from tests.lab.simulation.cloud_run import Function
from tests.lab.stack.paths import ROOT

PEAKS = ((1_000, 20), (10_000, 60))
"""Messages a second, and the most instances there may be."""

PEAK_SECONDS = 15.0
OUTAGE_RATE = 1_000
REJECTED = 0.05
REJECTING_SECONDS = 120.0


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.simulation", description=__doc__)
    parser.add_argument("--record", metavar="NAME")
    parser.add_argument("--draw", action="store_true")
    parser.add_argument(
        "--cpu-ms", type=float, default=1.34, help="of a message, as the bench measures it of one instance"
    )
    return parser.parse_args()


def main() -> int:
    """Say how simulated and measured compare, and what the simulation says of production."""
    options = arguments()
    if options.record:
        recorded.record(options.record, ROOT / ".reports" / "load.json")
        return 0
    compared = recorded.compared()
    for name, ratios in compared.items():
        print(f"  {name}: simulated by measured: {ratios}", flush=True)
    function = Function(cpu_ms=options.cpu_ms)
    peaks = [_peak(options.cpu_ms, rate, most) for rate, most in PEAKS]
    _rejections(function)
    outage = _outage(function)
    if options.draw:
        from tests.lab.simulation import figures

        figures.draw_ratios(compared)
        figures.draw_peaks(peaks)
        figures.draw_outage(outage, OUTAGE_RATE)
    return 0


def _peak(cpu_ms: float, rate: float, most: int) -> experiments.Peak:
    peak = experiments.peak(Function(cpu_ms=cpu_ms, max_instances=most), rate, PEAK_SECONDS)
    print(
        f"  from cold to {rate:,}/s: processed at that rate after {peak.reached} s, at most "
        f"{peak.greatest_lag:,} waiting, caught up after {peak.caught_up} s",
        flush=True,
    )
    return peak


def _rejections(function: Function) -> None:
    for rate in (10, 100):
        for on_reject in ("redeliver", "dead_letter"):
            found = experiments.rejections(function, rate, REJECTED, on_reject, REJECTING_SECONDS)
            within, good = found.processed_in_time, found.good_ms
            print(
                f"  {REJECTED:.0%} of {rate}/s rejected, {on_reject}: {within:.0%} of the good ones in time, "
                f"p50 and p99 {good['p50']:,.0f} and {good['p99']:,.0f} ms",
                flush=True,
            )


def _outage(function: Function) -> experiments.Outage:
    rate = OUTAGE_RATE
    outage = experiments.outage(function, rate)
    print(
        f"  ten minutes' outage at {rate:,}/s: {outage.greatest_lag:,} waiting, "
        f"{outage.pushes_meanwhile} pushes meanwhile, {outage.dead_lettered} dead-lettered, "
        f"worked off in {outage.drained_after} s"
    )
    return outage


if __name__ == "__main__":
    sys.exit(main())
