"""Compare the simulation with measured runs, then extrapolate: `python -m tests.lab.simulation`.

`--record NAME` records the last load test as a run for comparison. `--draw` draws the figures of
measurements.md.
"""

import argparse
import sys

from tests.lab.simulation import experiments, recorded
from tests.lab.simulation.cloud_run import Function
from tests.lab.stack.paths import ROOT

PEAKS = ((1_000, 20), (10_000, 60))
"""Messages a second, and the largest number of instances."""

PEAK_DURATION_S = 15.0
OUTAGE_RATE = 1_000
REJECTED_SHARE = 0.05
REJECTIONS_DURATION_S = 120.0


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.simulation", description=__doc__)
    parser.add_argument("--record", metavar="NAME")
    parser.add_argument("--draw", action="store_true")
    parser.add_argument(
        "--cpu-ms", type=float, default=1.34, help="processor time of a message, from the bench"
    )
    return parser.parse_args()


def main() -> int:
    """Print the comparison with the measured runs, and the extrapolation to production."""
    options = arguments()
    if options.record:
        recorded.record(options.record, ROOT / ".reports" / "load.json")
        return 0
    ratios_by_run = recorded.compare_all()
    for name, ratios in ratios_by_run.items():
        print(f"  {name}: simulated / measured: {ratios}", flush=True)
    function = Function(cpu_ms=options.cpu_ms)
    peaks = [_peak(options.cpu_ms, rate, most) for rate, most in PEAKS]
    _rejections(function)
    outage = _outage(function)
    if options.draw:
        from tests.lab.simulation import figures

        figures.draw_ratios(ratios_by_run)
        figures.draw_peaks(peaks)
        figures.draw_outage(outage, OUTAGE_RATE)
    return 0


def _peak(cpu_ms: float, rate: float, most: int) -> experiments.Peak:
    peak = experiments.peak(Function(cpu_ms=cpu_ms, max_instances=most), rate, PEAK_DURATION_S)
    print(
        f"  from cold to {rate:,}/s: processed at that rate after {peak.reached} s, at most "
        f"{peak.greatest_lag:,} waiting, caught up after {peak.caught_up} s",
        flush=True,
    )
    return peak


def _rejections(function: Function) -> None:
    for rate in (10, 100):
        for on_reject in ("redeliver", "dead_letter"):
            found = experiments.rejections(function, rate, REJECTED_SHARE, on_reject, REJECTIONS_DURATION_S)
            within, latency_ms = found.processed_in_time, found.valid_ms
            print(
                f"  {REJECTED_SHARE:.0%} of {rate}/s rejected, {on_reject}: {within:.0%} of the valid ones "
                f"in time, "
                f"p50 and p99 {latency_ms['p50']:,.0f} and {latency_ms['p99']:,.0f} ms",
                flush=True,
            )


def _outage(function: Function) -> experiments.Outage:
    rate = OUTAGE_RATE
    outage = experiments.outage(function, rate)
    print(
        f"  ten minutes' outage at {rate:,}/s: {outage.greatest_lag:,} waiting, "
        f"{outage.pushes_during} pushes during it, {outage.dead_lettered} dead-lettered, "
        f"drained in {outage.drained_after} s"
    )
    return outage


if __name__ == "__main__":
    sys.exit(main())
