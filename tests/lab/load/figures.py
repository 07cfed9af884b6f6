"""The numbers of a load test."""

import os
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tests.lab.load.run import Run
from tests.lab.load.series import percentiles

SATURATED_SHARE = 0.9
"""Share of its core above which a single-threaded part limits the rate."""

MAX_LATE_SHARE = 0.01
"""Share of late messages above which the publishers did not keep their rate."""


def figures(run: Run) -> dict[str, Any]:
    """Return the content of load.json."""
    sent, processed = run.schedule.published_at, run.deliveries.processed_at
    took = max(processed.values(), default=0.0) - min(sent.values())
    last_sent = max(sent.values())
    return {
        "plan": asdict(run.plan),
        "published": len(sent),
        "publish_rate": round(len(sent) / (last_sent - min(sent.values())), 1),
        "processed": len(sent.keys() & processed.keys()),
        "throughput": round(len(processed) / took, 1) if processed else 0.0,
        "outcomes": dict(Counter(each.outcome for each in run.deliveries.all)),
        "handler_ms": percentiles([each.handler_ms for each in run.deliveries.all]),
        "publish_to_processed_ms": percentiles(end_to_end_ms(run)),
        "greatest_lag": greatest_lag(run),
        "drain_seconds": round(
            max(0.0, max(run.deliveries.finished_at.values(), default=0.0) - last_sent), 2
        ),
        "generator": generator(run),
        "machine": machine(run),
    }


def end_to_end_ms(run: Run) -> list[float]:
    """Return the milliseconds from publication to the answer, for messages that took effect."""
    sent, processed = run.schedule.published_at, run.deliveries.processed_at
    return [1000 * (processed[each] - at) for each, at in sent.items() if each in processed]


def greatest_lag(run: Run) -> int:
    """Return the greatest number of messages that were published and unfinished at one moment."""
    moments = [(at, 1) for at in run.schedule.published_at.values()]
    moments += [(at, -1) for at in run.deliveries.finished_at.values()]
    lag = greatest = 0
    for _, step in sorted(moments):
        lag += step
        greatest = max(greatest, lag)
    return greatest


def generator(run: Run) -> dict[str, Any]:
    """Return whether the publishers limited the rate, with a statement for people."""
    late, share = run.schedule.late, run.schedule.core_share
    behind = late > MAX_LATE_SHARE * len(run.schedule.published_at) or share > SATURATED_SHARE
    verdict = "was the bottleneck" if share > SATURATED_SHARE else "did not keep its rate"
    verdict = verdict if behind else "was not the bottleneck"
    numbers = f"{share:.0%} of a core, {late} messages more than 0.1 s late"
    return {
        "core_share": round(share, 3),
        "published_late": late,
        "behind": behind,
        "statement": f"the load generator {verdict}: {numbers}",
    }


def machine(run: Run) -> dict[str, Any]:
    """Return the share of the machine that each part used, and the noise: the share of other programs."""
    cores = os.cpu_count() or 1
    cpu = run.cpu | {"publishers": run.schedule.cpu_seconds}
    cpu["noise"] = max(0.0, cpu["noise"] - cpu["publishers"])
    whole = cores * run.seconds
    shares = core_shares(cpu, run.seconds)
    return {
        "cores": cores,
        "busy_share": round(sum(cpu.values()) / whole, 3),
        "noise_share": round(cpu["noise"] / whole, 3),
        "relay_core_share": round(cpu["relay"] / run.seconds, 3),
        "core_shares": shares,
        "bottleneck": bottleneck(shares, run.cores),
        "cpu_ms_per_message": per_message(cpu, len(run.schedule.published_at)),
    }


def core_shares(cpu: Mapping[str, float], seconds: float) -> dict[str, float]:
    """Return the share of one core that each part used."""
    return {name: round(spent / seconds, 3) for name, spent in cpu.items() if name != "noise"}


def bottleneck(shares: Mapping[str, float], cores: Mapping[str, int]) -> str:
    """Say which pinned parts filled their core; empty where no part is pinned."""
    if not cores:
        return ""
    parts: defaultdict[int, list[str]] = defaultdict(list)
    for name in sorted(cores, key=lambda name: -shares[name]):
        parts[cores[name]].append(name)
    used = {core: sum(shares[name] for name in names) for core, names in parts.items()}
    busiest = max(used, key=lambda core: used[core])
    names = ", ".join(f"{name} {shares[name]:.0%}" for name in parts[busiest])
    verdict = "the bottleneck was" if used[busiest] > SATURATED_SHARE else "no core was full; the busiest was"
    return f"{verdict} the core of {names}"


def per_message(cpu: Mapping[str, float], messages: int) -> dict[str, float]:
    """Return the processor milliseconds of a message, by part."""
    return {name: round(1000 * spent / messages, 3) for name, spent in cpu.items() if name != "noise"}
