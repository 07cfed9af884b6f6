"""Recorded load tests, and their comparison with the simulation."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.simulation.machine import Costs, Latency
from tests.lab.simulation.run import Measures, handler_bound, machine_bound, measures
from tests.lab.simulation.traffic import Traffic

RECORDED = Path(__file__).with_name("recorded.json")
RECORDED_KEYS = (
    "plan",
    "published",
    "publish_rate",
    "processed",
    "throughput",
    "handler_ms",
    "publish_to_processed_ms",
    "drain_seconds",
    "machine",
)

CALIBRATION_RUN = "overload"
"""The run that gives the processor time per message: the machine was busy all the time."""

QUIET_RUN = "quiet"
"""The run that gives the emulator's delivery latency: its messages waited for nothing else."""

KEPT_UP_SHARE = 0.9
"""A run with a throughput above this share of its published rate kept up."""


@dataclass(frozen=True)
class Ratios:
    """Ratios of simulated to measured values."""

    throughput: float
    p50: float
    p99: float
    drain: float


def runs() -> dict[str, dict[str, Any]]:
    """Return the recorded runs by name."""
    found: dict[str, dict[str, Any]] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def record(name: str, report: Path) -> None:
    """Record a load test's report as a run."""
    kept = runs() if RECORDED.exists() else {}
    numbers = json.loads(report.read_text(encoding="utf-8"))
    kept[name] = {key: numbers[key] for key in RECORDED_KEYS}
    RECORDED.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def is_saturated(run: Mapping[str, Any]) -> bool:
    """Return whether the machine limited the run: it fell behind, and not because of ordering keys."""
    plan = run["plan"]
    valid = run["publish_rate"] * (1 - plan["rejected"])
    return bool(run["throughput"] < KEPT_UP_SHARE * valid) and not plan["customers"]


def delivery_latency(quiet: Mapping[str, Any]) -> Latency:
    """Return the emulator's latency from publishing to the relay's poll, from a quiet run."""
    end_to_end, handler = quiet["publish_to_processed_ms"], quiet["handler_ms"]
    return Latency(end_to_end["p50"] - handler["p50"], end_to_end["p99"] - handler["p50"])


def simulate(run: Mapping[str, Any], costs: Costs, delivery: Latency) -> Measures:
    """Simulate the relay with the traffic of a run.

    A saturated run used all of the machine that other programs left. Its throughput follows from the
    processor time of the parts. For any other run, the simulation uses the measured latencies of its
    handlers.
    """
    traffic = _traffic(run)
    machine = run["machine"]
    if is_saturated(run):
        log = machine_bound(traffic, costs, cores=machine["cores"], noise_share=machine["noise_share"])
        return measures(log)
    handler = Latency(run["handler_ms"]["p50"], run["handler_ms"]["p99"])
    relay_ms = costs.relay / (1 - machine["noise_share"])
    return measures(handler_bound(traffic, handler=handler, delivery=delivery, relay_ms=relay_ms))


def _traffic(run: Mapping[str, Any]) -> Traffic:
    return Traffic(
        rate=run["publish_rate"],
        seconds=run["published"] / run["publish_rate"],
        customers=run["plan"]["customers"],
        rejected=run["plan"]["rejected"],
        even=True,
    )


def compare_all() -> dict[str, Ratios]:
    """Return the ratios of all runs; the calibration runs give processor times and delivery latencies."""
    measured = runs()
    costs = Costs.of(measured[CALIBRATION_RUN]["machine"]["cpu_ms_per_message"])
    delivery = delivery_latency(measured[QUIET_RUN])
    return {name: ratios(simulate(run, costs, delivery), run) for name, run in measured.items()}


def ratios(simulated: Measures, run: Mapping[str, Any]) -> Ratios:
    """Divide simulated by measured values."""
    end_to_end = run["publish_to_processed_ms"]
    return Ratios(
        throughput=round(simulated.throughput / run["throughput"], 2),
        p50=round(simulated.p50 / end_to_end["p50"], 2),
        p99=round(simulated.p99 / end_to_end["p99"], 2),
        drain=round(simulated.drain_seconds / run["drain_seconds"], 2),
    )
