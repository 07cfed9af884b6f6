"""Measure: `python -m tests.lab.bench`. A few minutes; writes `.reports/bench.json`."""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from typing import Any

from tests.lab import bench_metrics
from tests.lab.bench import cores, ratios
from tests.lab.bench import machine_load as others
from tests.lab.bench.measure import (
    SATURATED,
    Samples,
    backend,
    creations,
    first_answer,
    interleaved,
    paced,
    parcels,
    serving,
)
from tests.lab.bench.orders import lines_for, pushes, take
from tests.lab.bench.server import Variant
from tests.lab.stack.paths import ROOT

REPORT = ROOT / ".reports" / "bench.json"
SERVICE_LATENCY = 0.02
"""Seconds that a regional commit or publish takes, about; the emulators' are a tenth of it."""

CREATE, SHIP = Variant.function("order_create"), Variant.function("ship")
FLOOR, CHANGE_FLOOR, BARE, TWO_PHASE = map(Variant.written, ("floor", "change_floor", "bare", "two_phase"))
PLAIN = Variant.written("plain", asgi=False)


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=14)
    parser.add_argument("--messages", type=int, default=400, help="of each variant in each round")
    parser.add_argument("--size", type=int, default=5000, help="bytes of an order (requirements 10.2)")
    return parser.parse_args()


def main() -> int:
    """Measure everything and say it in one line."""
    options = arguments()
    cores.use_other_cores()
    report: dict[str, Any] = {"machine": {"cores": os.cpu_count(), "pinned": cores.PINNED}}
    lines = lines_for(options.size)
    disturbed: dict[str, float] = {}
    with backend(0.0) as servers:
        with others.noticed(disturbed, "per message"):
            report["per_message"] = _per_message(options, servers, sorted({1, lines}))
        report["watching"] = _watching(report, lines)
        with others.noticed(disturbed, "cold start"):
            report["cold_start"] = _cold_start(max(1, options.rounds // 2), servers)
    with backend(SERVICE_LATENCY) as servers, others.noticed(disturbed, "instance"):
        report["instance"] = _instance(options, servers, lines)
    report["machine"]["others_share"] = disturbed
    report["ratios"] = _headline(report, lines)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2, default=vars) + "\n", encoding="utf-8")
    told = ", ".join(f"{name} {value:.2f}" for name, value in report["ratios"].items())
    print(f"bench: {told}{others.warning(disturbed)}")
    return 0


def _per_message(options: argparse.Namespace, servers: Any, sizes: Iterable[int]) -> dict[str, Any]:
    """Compare processor time, with services that answer at once."""
    found = {}
    with serving([CREATE, FLOOR, PLAIN, TWO_PHASE, SHIP, CHANGE_FLOOR], servers) as running:
        creating = [running[each.name] for each in (CREATE, FLOOR, PLAIN, TWO_PHASE)]
        changing = [running[each.name] for each in (SHIP, CHANGE_FLOOR)]
        for lines in sizes:
            print(f"bench: orders of {lines} lines, services that answer at once")
            samples = interleaved(creating, options.rounds, creations(options.messages, lines))
            prepare = parcels(options.messages, lines, running[CREATE.name])
            samples |= interleaved(changing, options.rounds, prepare)
            _tell(samples)
            found[str(lines)] = {
                "cpu_vs_floor": ratios.cpu(samples, "order_create", "floor"),
                "cpu_of_plain": ratios.cpu(samples, "plain", "order_create"),
                "cpu_of_two_phase": ratios.cpu(samples, "two_phase", "order_create"),
                "ship_cpu_vs_floor": ratios.cpu(samples, "ship", "change_floor"),
                "variants": ratios.summary(samples),
            }
    return found


def _instance(options: argparse.Namespace, servers: Any, lines: int) -> dict[str, Any]:
    """Compare what one instance carries, with services that take their time."""
    print(f"bench: one instance, services that take {1000 * SERVICE_LATENCY:.0f} ms a call")
    with serving([CREATE, PLAIN, TWO_PHASE], servers) as running:
        # Fewer and longer rounds: each begins with all requests at the same moment.
        rounds, messages = max(1, options.rounds // 2), 2 * options.messages
        samples = interleaved([*running.values()], rounds, creations(messages, lines))
        _tell(samples)
        saturation = ratios.summary(samples)["order_create"]["throughput"]
        assert isinstance(saturation, float)
        rate = 0.7 * saturation
        p50, p95, p99 = paced(running[CREATE.name], pushes(take(round(10 * rate), lines)), rate)
    return {
        "throughput_vs_plain": ratios.throughput(samples, "order_create", "plain"),
        "throughput_vs_two_phase": ratios.throughput(samples, "order_create", "two_phase"),
        "at_70_percent": {"rate": rate, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99},
        "variants": ratios.summary(samples),
    }


def _watching(report: dict[str, Any], lines: int) -> dict[str, Any]:
    """Say what metrics and the log line cost of a message's processor time."""
    handler_us = 1000 * report["per_message"][str(lines)]["variants"]["order_create"]["cpu_ms"]
    found = bench_metrics.costs(handler_us)
    print(f"bench: metrics and log line {found['total_us']} us, {found['share_of_handler']:.1%} of a message")
    return found


def _cold_start(rounds: int, servers: Any) -> dict[str, Any]:
    print("bench: cold starts")
    pairs = [(first_answer(CREATE, servers), first_answer(BARE, servers)) for _ in range(rounds)]
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


def _tell(samples: Samples) -> None:
    for name, each in ratios.summary(samples).items():
        told = f"{each['cpu_ms']:.2f} ms of processor a message, {each['throughput']:.0f}/s"
        print(f"  {name:13} {told}, p50/p95/p99 {each['latencies_ms']} ms", end="")
        loaded = max(sample.load_share for sample in samples[name])
        print("; the load generator was the bottleneck" if loaded > SATURATED else "")


if __name__ == "__main__":
    sys.exit(main())
