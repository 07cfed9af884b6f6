"""The report of a load test: one JSON for machines, one page with plots for people."""

import json
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from plotly import graph_objects, subplots  # type: ignore[import-untyped]  # published without types

Lag = Sequence[tuple[float, int]]


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99; nothing of fewer than two values."""
    if len(values) < 2:
        return {}
    cuts = statistics.quantiles(values, n=100)
    return {f"p{each}": round(cuts[each - 1], 1) for each in (50, 95, 99)}


def per_second(moments: Sequence[float]) -> tuple[list[int], list[int]]:
    """Return seconds since the first moment, and how many moments fell into each."""
    start = min(moments, default=0.0)
    counted = Counter(int(moment - start) for moment in moments)
    seconds = [*range(max(counted, default=0) + 1)]
    return seconds, [counted[second] for second in seconds]


def draw(latencies: Mapping[str, Sequence[float]], processed: Sequence[float], lag: Lag) -> Any:
    """Draw latencies, throughput and lag over time."""
    figure = subplots.make_subplots(
        rows=3, subplot_titles=["latency, ms", "processed a second", "lag, messages"]
    )
    for name, values in latencies.items():
        figure.add_trace(graph_objects.Histogram(x=values, name=name, opacity=0.7), row=1, col=1)
    seconds, counts = per_second(processed)
    figure.add_trace(graph_objects.Scatter(x=seconds, y=counts, name="processed a second"), row=2, col=1)
    start = lag[0][0] if lag else 0.0
    moments, waiting = [moment - start for moment, _ in lag], [each for _, each in lag]
    figure.add_trace(graph_objects.Scatter(x=moments, y=waiting, name="lag"), row=3, col=1)
    return figure.update_layout(height=900, barmode="overlay", title="Load test (requirements 10.2)")


def write(folder: Path, numbers: Mapping[str, Any], figure: Any) -> None:
    """Write load.json and load.html."""
    folder.mkdir(exist_ok=True)
    (folder / "load.json").write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    figure.write_html(folder / "load.html")
