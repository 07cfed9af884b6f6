"""Compare the simulation with measured runs, then extrapolate: `python -m tests.lab.simulation`.

`--record NAME` records the last load test as a run for comparison. `--draw` draws the figures of
measurements.md.
"""

import argparse
import sys
from dataclasses import replace

from tests.lab.simulation import experiments, recorded
from tests.lab.simulation.cloud_run import Function
from tests.lab.simulation.traffic import Traffic
from tests.lab.stack.paths import ROOT
from tests.lab.stack.relay.push_backoff import pause_by_count, pause_by_share

PEAKS = ((1_000, 20), (10_000, 60))
"""Messages a second, and the largest number of instances."""

PEAK_DURATION_S = 15.0
OUTAGE_RATE = 1_000
REGION_LOST_RATE, REGION_LOST_S = 100, 3_600.0
"""An hour without functions and database, while producers can still publish."""

FAILING_RATE, FAILING_DURATION_S = 100, 120.0
FAILING = {
    "5 % rejected": Traffic(FAILING_RATE, FAILING_DURATION_S, rejected=0.05),
    "20 % rejected": Traffic(FAILING_RATE, FAILING_DURATION_S, rejected=0.2),
    "10 % deferred": Traffic(FAILING_RATE, FAILING_DURATION_S, deferred=0.1),
}

BUDGETS = (None, 20, 40, 80, 160)
"""Nack budgets per minute; None means no budget."""


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
    _failing(function)
    outage = _outage(function, OUTAGE_RATE, experiments.OUTAGE_S)
    _outage(function, REGION_LOST_RATE, REGION_LOST_S)
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


def _failing(function: Function) -> None:
    """Print the latency of good messages beside failing ones, by budget and reading of push backoff."""
    for reading in (pause_by_count, pause_by_share):
        for share, traffic in FAILING.items():
            for budget in BUDGETS:
                found = experiments.failing(replace(function, nacks_per_minute=budget), traffic, reading)
                good = found.good_ms
                print(
                    f"  {reading.__name__}, {share} of {FAILING_RATE}/s, nack budget {budget}: "
                    f"{found.in_time:.0%} of the good ones in time; p50 {good['p50']:,.0f}, "
                    f"p99 {good['p99']:,.0f}, max {found.longest_ms:,.0f} ms; "
                    f"{found.dead_lettered_at_once} dead-lettered at once",
                    flush=True,
                )


def _outage(function: Function, rate: float, seconds: float) -> experiments.Outage:
    outage = experiments.outage(function, rate, seconds)
    print(
        f"  an outage of {seconds / 60:.0f} min at {rate:,}/s: {outage.greatest_lag:,} waiting, "
        f"{outage.pushes_during} pushes during it, {outage.dead_lettered} dead-lettered, "
        f"drained in {outage.drained_after} s"
    )
    return outage


if __name__ == "__main__":
    sys.exit(main())
