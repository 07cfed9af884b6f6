"""Run the bench: `python -m tests.lab.bench`. Takes a few minutes and writes `.reports/bench.json`."""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from typing import Any

from tests.lab.bench import cores, machine_load, metrics, ratios
from tests.lab.bench.measure import (
    SATURATED,
    Samples,
    backend,
    cold_start_seconds,
    creations,
    measure_interleaved,
    measure_paced,
    parcels,
    serving,
)
from tests.lab.bench.orders import lines_for, pushes, take
from tests.lab.bench.server import Variant
from tests.lab.stack.paths import ROOT

REPORT = ROOT / ".reports" / "bench.json"
SERVICE_LATENCY_S = 0.02
"""About the latency of a regional commit or publish; the emulators need a tenth of it."""

CREATE, SHIP = Variant.function("order_create"), Variant.function("ship")
FLOOR, CHANGE_FLOOR, BARE, TWO_PHASE = map(
    Variant.for_comparison, ("floor", "change_floor", "bare", "two_phase")
)
PLAIN = Variant.for_comparison("plain", asgi=False)


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=14)
    parser.add_argument("--messages", type=int, default=400, help="messages of each variant in each round")
    parser.add_argument("--size", type=int, default=5000, help="bytes of an order (requirements 10.2)")
    return parser.parse_args()


def main() -> int:
    """Run all measurements and print a summary line."""
    options = arguments()
    cores.use_other_cores()
    report: dict[str, Any] = {"machine": {"cores": os.cpu_count(), "pinned": cores.PINNED}}
    lines = lines_for(options.size)
    noise: dict[str, float] = {}
    with backend(0.0) as servers:
        with machine_load.record_noise(noise, "per message"):
            report["per_message"] = _per_message(options, servers, sorted({1, lines}))
        report["observability"] = _observability(report, lines)
        with machine_load.record_noise(noise, "cold start"):
            report["cold_start"] = _cold_start(max(1, options.rounds // 2), servers)
    with backend(SERVICE_LATENCY_S) as servers, machine_load.record_noise(noise, "instance"):
        report["instance"] = _instance(options, servers, lines)
    report["machine"]["noise_share"] = noise
    report["ratios"] = _headline(report, lines)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2, default=vars) + "\n", encoding="utf-8")
    summary = ", ".join(f"{name} {value:.2f}" for name, value in report["ratios"].items())
    print(f"bench: {summary}{machine_load.noise_warning(noise)}")
    return 0


def _per_message(options: argparse.Namespace, servers: Any, sizes: Iterable[int]) -> dict[str, Any]:
    """Compare processor time per message, with services that answer without delay."""
    found = {}
    with serving([CREATE, FLOOR, PLAIN, TWO_PHASE, SHIP, CHANGE_FLOOR], servers) as running:
        creating = [running[each.name] for each in (CREATE, FLOOR, PLAIN, TWO_PHASE)]
        changing = [running[each.name] for each in (SHIP, CHANGE_FLOOR)]
        for lines in sizes:
            print(f"bench: orders of {lines} lines, services that answer without delay")
            samples = measure_interleaved(creating, options.rounds, creations(options.messages, lines))
            prepare = parcels(options.messages, lines, running[CREATE.name])
            samples |= measure_interleaved(changing, options.rounds, prepare)
            _print(samples)
            found[str(lines)] = {
                "cpu_vs_floor": ratios.cpu(samples, "order_create", "floor"),
                "cpu_of_plain": ratios.cpu(samples, "plain", "order_create"),
                "cpu_of_two_phase": ratios.cpu(samples, "two_phase", "order_create"),
                "ship_cpu_vs_floor": ratios.cpu(samples, "ship", "change_floor"),
                "variants": ratios.summary(samples),
            }
    return found


def _instance(options: argparse.Namespace, servers: Any, lines: int) -> dict[str, Any]:
    """Compare the throughput of one instance, with services that take 20 ms a call."""
    print(f"bench: one instance, services that need {1000 * SERVICE_LATENCY_S:.0f} ms a call")
    with serving([CREATE, PLAIN, TWO_PHASE], servers) as running:
        # Fewer and longer rounds, because every round starts with all requests at the same moment.
        rounds, messages = max(1, options.rounds // 2), 2 * options.messages
        samples = measure_interleaved([*running.values()], rounds, creations(messages, lines))
        _print(samples)
        saturation = ratios.summary(samples)["order_create"]["throughput"]
        assert isinstance(saturation, float)
        rate = 0.7 * saturation
        p50, p95, p99 = measure_paced(running[CREATE.name], pushes(take(round(10 * rate), lines)), rate)
    return {
        "throughput_vs_plain": ratios.throughput(samples, "order_create", "plain"),
        "throughput_vs_two_phase": ratios.throughput(samples, "order_create", "two_phase"),
        "at_70_percent": {"rate": rate, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99},
        "variants": ratios.summary(samples),
    }


def _observability(report: dict[str, Any], lines: int) -> dict[str, Any]:
    """Return the processor time of metrics and the log line."""
    handler_us = 1000 * report["per_message"][str(lines)]["variants"]["order_create"]["cpu_ms"]
    found = metrics.costs(handler_us)
    print(f"bench: metrics and log line {found['total_us']} us, {found['share_of_handler']:.1%} of a message")
    return found


def _cold_start(rounds: int, servers: Any) -> dict[str, Any]:
    print("bench: cold starts")
    pairs = [(cold_start_seconds(CREATE, servers), cold_start_seconds(BARE, servers)) for _ in range(rounds)]
    ours, bare = zip(*pairs, strict=True)
    return {"vs_bare": ratios.Ratio.of(ours, bare), "cpu_seconds": min(ours), "bare_cpu_seconds": min(bare)}


def _headline(report: dict[str, Any], lines: int) -> dict[str, float]:
    instance = report["instance"]
    return {
        "cpu_vs_floor": report["per_message"][str(lines)]["cpu_vs_floor"].median,
        "throughput_vs_plain": instance["throughput_vs_plain"].median,
        "throughput_vs_two_phase": instance["throughput_vs_two_phase"].median,
        "cold_start_vs_bare": report["cold_start"]["vs_bare"].median,
        "p99_ms_at_70_percent": round(instance["at_70_percent"]["p99_ms"], 1),
    }


def _print(samples: Samples) -> None:
    for name, each in ratios.summary(samples).items():
        line = f"{each['cpu_ms']:.2f} ms of processor a message, {each['throughput']:.0f}/s"
        print(f"  {name:13} {line}, p50/p95/p99 {each['latencies_ms']} ms", end="")
        loaded = max(sample.load_share for sample in samples[name])
        print("; the load generator was the bottleneck" if loaded > SATURATED else "")


if __name__ == "__main__":
    sys.exit(main())
