"""The numbers of a load test, from what was seen."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tests.lab.load.run import Run
from tests.lab.load.series import percentiles

SATURATED = 0.9
"""Share of its one core above which a single-threaded process is what limits the rate."""

MOSTLY = 0.01
"""Share of messages published late above which the publishers did not keep their rate."""


def figures(run: Run) -> dict[str, Any]:
    """Return everything that load.json holds."""
    sent, processed = run.schedule.published_at, run.deliveries.processed_at
    took = max(processed.values(), default=0.0) - min(sent.values())
    last_sent = max(sent.values())
    return {
        "asked": asdict(run.plan),
        "published": len(sent),
        "publish_rate": round(len(sent) / (last_sent - min(sent.values())), 1),
        "processed": len(sent.keys() & processed.keys()),
        "throughput": round(len(processed) / took, 1) if processed else 0.0,
        "outcomes": dict(Counter(each.outcome for each in run.deliveries.seen)),
        "handler_ms": percentiles([each.handler_ms for each in run.deliveries.seen]),
        "publish_to_processed_ms": percentiles(journeys(run)),
        "greatest_lag": greatest_lag(run),
        "drain_seconds": round(max(0.0, max(run.deliveries.ended_at.values(), default=0.0) - last_sent), 2),
        "generator": generator(run),
        "machine": machine(run),
    }


def journeys(run: Run) -> list[float]:
    """Return the milliseconds from publication to the answer, of what took effect."""
    sent, processed = run.schedule.published_at, run.deliveries.processed_at
    return [1000 * (processed[each] - at) for each, at in sent.items() if each in processed]


def greatest_lag(run: Run) -> int:
    """Return the most messages that were published and not ended at one moment."""
    moments = [(at, 1) for at in run.schedule.published_at.values()]
    moments += [(at, -1) for at in run.deliveries.ended_at.values()]
    lag = greatest = 0
    for _, step in sorted(moments):
        lag += step
        greatest = max(greatest, lag)
    return greatest


def generator(run: Run) -> dict[str, Any]:
    """Say whether the publishers were what limited the rate."""
    late, share = run.schedule.late, run.schedule.core_share
    behind = late > MOSTLY * len(run.schedule.published_at) or share > SATURATED
    verdict = "was the bottleneck" if share > SATURATED else "did not keep its rate"
    verdict = verdict if behind else "was not the bottleneck"
    told = f"{share:.0%} of a core, {late} messages more than 0.1 s late"
    return {
        "core_share": round(share, 3),
        "published_late": late,
        "behind": behind,
        "statement": f"the load generator {verdict}: {told}",
    }


def machine(run: Run) -> dict[str, Any]:
    """Say what of the machine went to which part, and how much of it others took meanwhile."""
    cores = os.cpu_count() or 1
    cpu = run.cpu | {"publishers": run.schedule.cpu_seconds}
    cpu["others"] = max(0.0, cpu["others"] - cpu["publishers"])
    whole = cores * run.seconds
    return {
        "cores": cores,
        "busy_share": round(sum(cpu.values()) / whole, 3),
        "noise_share": round(cpu["others"] / whole, 3),
        "relay_core_share": round(cpu["relay"] / run.seconds, 3),
        "cpu_ms_per_message": per_message(cpu, len(run.schedule.published_at)),
    }


def per_message(cpu: Mapping[str, float], messages: int) -> dict[str, float]:
    """Return the processor milliseconds of a message by part."""
    return {name: round(1000 * spent / messages, 3) for name, spent in cpu.items() if name != "others"}
