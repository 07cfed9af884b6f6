"""Load tests that the simulation is compared with, as they were measured."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.simulation.machine import Costs, Times
from tests.lab.simulation.run import Measures, handler_bound, machine_bound, measures
from tests.lab.simulation.traffic import Traffic

RECORDED = Path(__file__).with_name("recorded.json")
KEPT = (
    "asked",
    "published",
    "publish_rate",
    "processed",
    "throughput",
    "handler_ms",
    "publish_to_processed_ms",
    "drain_seconds",
    "machine",
)

CALIBRATION = "overload"
"""The run whose processor time per message stands for all: the machine was busy throughout."""

QUIET = "quiet"
"""The run whose messages waited for nothing but the emulator's handing them out, which it stands for."""

KEPT_UP = 0.9
"""Share of the published rate above which a run kept up with it."""


@dataclass(frozen=True)
class Ratios:
    """Simulated by measured."""

    throughput: float
    p50: float
    p99: float
    drain: float


def runs() -> dict[str, dict[str, Any]]:
    """Return the measured runs by name."""
    found: dict[str, dict[str, Any]] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def record(name: str, report: Path) -> None:
    """Keep what is compared of a load test's report."""
    kept = runs() if RECORDED.exists() else {}
    numbers = json.loads(report.read_text(encoding="utf-8"))
    kept[name] = {key: numbers[key] for key in KEPT}
    RECORDED.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def saturated(run: Mapping[str, Any]) -> bool:
    """Tell whether a run took all it could have of the machine: it fell behind, and not for order's sake."""
    asked = run["asked"]
    valid = run["publish_rate"] * (1 - asked["rejected"])
    return bool(run["throughput"] < KEPT_UP * valid) and not asked["customers"]


def delivery(quiet: Mapping[str, Any]) -> Times:
    """Return what the emulator takes from publishing to the relay's poll: all that a quiet run waited for."""
    journey, handler = quiet["publish_to_processed_ms"], quiet["handler_ms"]
    return Times(journey["p50"] - handler["p50"], journey["p99"] - handler["p50"])


def simulated(run: Mapping[str, Any], costs: Costs, delivered: Times) -> Measures:
    """Simulate the relay under a run's traffic.

    A saturated run had as much of the machine as others left it; what was processed then follows from the
    processor time of the parts. In any other run what is known is how long its handlers took.
    """
    traffic = _traffic(run)
    machine = run["machine"]
    if saturated(run):
        log = machine_bound(traffic, costs, cores=machine["cores"], noise_share=machine["noise_share"])
        return measures(log)
    handler = Times(run["handler_ms"]["p50"], run["handler_ms"]["p99"])
    relay_ms = costs.relay / (1 - machine["noise_share"])
    return measures(handler_bound(traffic, handler=handler, delivery=delivered, relay_ms=relay_ms))


def _traffic(run: Mapping[str, Any]) -> Traffic:
    return Traffic(
        rate=run["publish_rate"],
        seconds=run["published"] / run["publish_rate"],
        customers=run["asked"]["customers"],
        rejected=run["asked"]["rejected"],
        even=True,
    )


def compared() -> dict[str, Ratios]:
    """Return every run's ratios; processor time and the emulator's deliveries are the calibrations'."""
    measured = runs()
    costs = Costs.of(measured[CALIBRATION]["machine"]["cpu_ms_per_message"])
    delivered = delivery(measured[QUIET])
    return {name: ratios(simulated(run, costs, delivered), run) for name, run in measured.items()}


def ratios(simulated: Measures, run: Mapping[str, Any]) -> Ratios:
    """Divide simulated by measured."""
    journey = run["publish_to_processed_ms"]
    return Ratios(
        throughput=round(simulated.throughput / run["throughput"], 2),
        p50=round(simulated.p50 / journey["p50"], 2),
        p99=round(simulated.p99 / journey["p99"], 2),
        drain=round(simulated.drain_seconds / run["drain_seconds"], 2),
    )
