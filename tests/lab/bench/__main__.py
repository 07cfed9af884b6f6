"""Run the bench: `python -m tests.lab.bench`. Takes about ten minutes and writes `.reports/bench.json`.

A shorter run with less exact figures: `--rounds 2 --messages 100 --idle-seconds 5`. With `--functions ship`
it only compares these functions with their floors, and writes nothing.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from tests.lab.bench import cores, latency, machine_load, metrics, ratios, start
from tests.lab.bench.cases import CASE_OF
from tests.lab.bench.functions import compare, floor_of, with_floor
from tests.lab.bench.measure import SATURATED, Sample, Samples, backend, measure_interleaved, serving
from tests.lab.bench.orders import lines_for, take
from tests.lab.bench.profile import NOT_IN_FLOOR, NotSampled, profile
from tests.lab.bench.server import Variant
from tests.lab.stack.paths import ROOT

REPORT = ROOT / ".reports" / "bench.json"
SERVICE_LATENCY_S = 0.02
"""About the latency of a regional commit or publish; the emulators need a tenth of it."""

CREATION, CHANGE = "order_create", "ship"
"""The functions that are measured with one line too."""

PLAIN = Variant.for_comparison("plain", asgi=False)
PROFILED_MESSAGES = 2000

OTHERS = (PLAIN, Variant.for_comparison("two_phase"))
"""Other ways to create an order."""


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=14)
    parser.add_argument("--messages", type=int, default=400, help="messages of each variant in each round")
    parser.add_argument("--size", type=int, default=5000, help="bytes of an order (requirements 10.2)")
    parser.add_argument("--idle-seconds", type=float, default=60.0, help="idleness before a burst")
    parser.add_argument(
        "--functions", nargs="+", choices=CASE_OF, default=[], help="compare only these with their floors"
    )
    return parser.parse_args()


def main() -> int:
    """Run the measurements and print a summary line."""
    options = arguments()
    cores.use_other_cores()
    lines = lines_for(options.size)
    if options.functions:
        _compare(options, options.functions, lines)
        return 0
    report: dict[str, Any] = {"machine": {"cores": os.cpu_count(), "pinned": cores.PINNED}}
    noise: dict[str, float] = {}
    with machine_load.record_noise(noise, "per message"):
        report["per_message"] = {"1": _compare(options, (CREATION, CHANGE), 1)}
        report["per_message"][str(lines)] = _compare(options, CASE_OF, lines)
    report["profile"] = _profile(lines)
    report["observability"] = _observability(report, lines)
    with backend(0.0) as servers, machine_load.record_noise(noise, "cold start"):
        report["start"] = _start(max(1, options.rounds // 3), servers)
    with machine_load.record_noise(noise, "instance"):
        report["instance"] = _instance(options, lines)
    report["machine"]["noise_share"] = noise
    report |= _headline(report, lines)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2, default=vars) + "\n", encoding="utf-8")
    summary = ", ".join(f"{name} {value:.2f}" for name, value in report["ratios"].items())
    print(f"bench: {summary}{machine_load.noise_warning(noise)}")
    return 0


def _compare(options: argparse.Namespace, functions: Iterable[str], lines: int) -> dict[str, Any]:
    """Compare processor time per message, with services that answer without delay."""
    print(f"bench: orders of {lines} lines, services that answer without delay")
    samples: dict[str, list[Sample]] = {}
    for name in functions:
        others = OTHERS if name == CREATION and not options.functions else ()
        with backend(0.0) as servers:
            measured = compare(CASE_OF[name], servers, options.rounds, take(options.messages, lines), others)
        _print(measured)
        samples |= measured
    by_function = {name: ratios.cpu(samples, name, floor_of(name)) for name in functions}
    for name, ratio in by_function.items():
        print(f"  {name:13} {ratio} of its floor")
    found: dict[str, Any] = {"cpu_vs_floor_by_function": by_function, "variants": ratios.summary(samples)}
    return found if options.functions else found | _of_creation(samples)


def _of_creation(samples: Samples) -> dict[str, Any]:
    return {
        "cpu_vs_floor": ratios.cpu(samples, CREATION, floor_of(CREATION)),
        "cpu_of_plain": ratios.cpu(samples, "plain", CREATION),
        "cpu_of_two_phase": ratios.cpu(samples, "two_phase", CREATION),
        "ship_cpu_vs_floor": ratios.cpu(samples, CHANGE, floor_of(CHANGE)),
    }


def _profile(lines: int) -> dict[str, dict[str, float]]:
    """Sample where each function spends its time; empty where py-spy may not read processes."""
    print("bench: the part of a function's time that its floor does not have: contract, rules, encryption")
    found: dict[str, dict[str, float]] = {}
    for name in CASE_OF:
        try:
            found[name] = profile(name, PROFILED_MESSAGES, lines)
        except NotSampled as error:
            print(f"  not sampled: {error}; run as root")
            return {}
        print(f"  {name:13} {_beyond_floor(found[name]):.1%}")
    return found


def _beyond_floor(shares: Mapping[str, float]) -> float:
    return sum(share for part, share in shares.items() if part in NOT_IN_FLOOR)


def _instance(options: argparse.Namespace, lines: int) -> dict[str, Any]:
    """Compare throughput and delay of one instance, with services that take 20 ms a call."""
    print(f"bench: one instance, services that need {1000 * SERVICE_LATENCY_S:.0f} ms a call")
    # Fewer and longer rounds, because every round starts with all requests at the same moment.
    rounds, some = max(1, options.rounds // 2), max(1, options.rounds // 4)
    new = take(2 * options.messages, lines)
    with (
        backend(SERVICE_LATENCY_S) as servers,
        with_floor(CASE_OF[CREATION], servers, new) as pair,
        serving(OTHERS, servers) as others,
    ):
        samples = measure_interleaved([pair.function, *others.values()], rounds, pair.prepare)
        _print(samples)
        saturation = ratios.summary(samples)[CREATION]["throughput"]
        assert isinstance(saturation, float)
        paced = latency.paced(pair, 0.7 * saturation, lines, some)
        burst = latency.burst(pair, lines, options.idle_seconds, max(1, options.rounds // 7))
    print(f"  p99 at 70 % of saturation: {paced['p99_vs_bare']} of the floor's")
    print(f"  p99 of {latency.BURST} requests at once: {burst['p99_vs_bare']} of the floor's")
    return {
        "throughput_vs_plain": ratios.throughput(samples, CREATION, "plain"),
        "throughput_vs_two_phase": ratios.throughput(samples, CREATION, "two_phase"),
        "at_70_percent": paced,
        "burst": burst,
        "variants": ratios.summary(samples),
    }


def _observability(report: dict[str, Any], lines: int) -> dict[str, Any]:
    """Return the processor time of metrics and the log line."""
    handler_us = 1000 * report["per_message"][str(lines)]["variants"][CREATION]["cpu_ms"]
    found = metrics.costs(handler_us)
    print(f"bench: metrics and log line {found['total_us']} us, {found['share_of_handler']:.1%} of a message")
    return found


def _start(rounds: int, servers: Any) -> dict[str, Any]:
    print("bench: cold starts")
    found = start.measure(rounds, servers)
    print("\n".join(start.lines(found)))
    return found


def _headline(report: dict[str, Any], lines: int) -> dict[str, Any]:
    """Return the figures that the documents state, and the parts that earlier reports had."""
    instance, created = report["instance"], report["start"][CREATION]
    paced, largest = instance["at_70_percent"], report["per_message"][str(lines)]
    by_function = {name: each.median for name, each in largest["cpu_vs_floor_by_function"].items()}
    return {
        "cold_start": {
            "vs_bare": created["vs_bare"],
            "cpu_seconds": created["cpu_seconds"],
            "bare_cpu_seconds": report["start"]["bare"]["cpu_seconds"],
        },
        "cpu_vs_floor_by_function": {name: round(ratio, 2) for name, ratio in by_function.items()},
        "cpu_without_rules_vs_floor_by_function": {
            name: round(by_function[name] * (1 - _beyond_floor(shares)), 2)
            for name, shares in report["profile"].items()
        },
        "ratios": {
            "cpu_vs_floor": largest["cpu_vs_floor"].median,
            "throughput_vs_plain": instance["throughput_vs_plain"].median,
            "throughput_vs_two_phase": instance["throughput_vs_two_phase"].median,
            "cold_start_vs_bare": created["vs_bare"].median,
            "p99_ms_at_70_percent": round(paced["p99_ms"], 1),
            "p99_vs_bare": paced["p99_vs_bare"].median,
        },
    }


def _print(samples: Samples) -> None:
    for name, each in ratios.summary(samples).items():
        line = f"{each['cpu_ms']:.2f} ms of processor a message, {each['throughput']:.0f}/s"
        print(f"  {name:13} {line}, p50/p95/p99 {each['latencies_ms']} ms", end="")
        loaded = max(sample.load_share for sample in samples[name])
        print("; the load generator was the bottleneck" if loaded > SATURATED else "")


if __name__ == "__main__":
    sys.exit(main())
