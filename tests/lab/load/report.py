"""The report of a load test: JSON for programs, and one page with plots for people."""

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from plotly import graph_objects, subplots  # type: ignore[import-untyped]  # untyped library

from tests.lab.load.run import Run
from tests.lab.load.series import Sample, over_time, per_second, waiting

BLUE, ORANGE, GREY = "#1f5fa8", "#c8641b", "#8a8f98"
CUTS = {50: BLUE, 99: ORANGE}
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Load test</title>
<style>
 body {{ font: 15px/1.5 system-ui, sans-serif; color: #1d2026; max-width: 1100px; margin: 2rem auto }}
 table {{ border-collapse: collapse }}
 td, th {{ padding: .2rem 1.2rem .2rem 0; text-align: left; font-weight: 400 }}
 td {{ font-variant-numeric: tabular-nums }}
 th {{ color: #5b6068 }}
 .verdict {{ font-weight: 600 }}
</style>
<h1>Load test (requirements 10.2)</h1>
<p class="verdict">{verdict}</p>
<table>{rows}</table>
{plots}
</html>
"""


def write(folder: Path, numbers: Mapping[str, Any], run: Run) -> None:
    """Write load.json and load.html."""
    folder.mkdir(exist_ok=True)
    (folder / "load.json").write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    plots = draw(run).to_html(full_html=False, include_plotlyjs=True, config={"displayModeBar": False})
    page = PAGE.format(
        verdict=html.escape(numbers["generator"]["statement"]), rows=_rows(numbers), plots=plots
    )
    (folder / "load.html").write_text(page, encoding="utf-8")


def draw(run: Run) -> Any:
    """Draw throughput, lag, latencies and failed pushes over the seconds of the run."""
    start = min(run.schedule.published_at.values())
    sent = [at - start for at in run.schedule.published_at.values()]
    ended = [at - start for at in run.deliveries.finished_at.values()]
    processed = [at - start for at in run.deliveries.processed_at.values()]
    seconds = int(max([*sent, *ended])) + 1
    rows = {
        "messages a second": [
            _line("published", per_second(sent, seconds), GREY),
            _line("processed", per_second(processed, seconds), BLUE),
        ],
        "lag, messages": [_line("published and not ended", waiting(sent, ended, seconds), BLUE)],
        "publish to processed, ms": _percentiles(_end_to_end_ms(run, start)),
        "handler, ms": _percentiles([(each.at - start, each.handler_ms) for each in run.deliveries.all]),
        "failed and repeated pushes a second": _errors(run, start, seconds),
    }
    return _stacked(rows)


def _stacked(rows: Mapping[str, Sequence[Any]]) -> Any:
    titles = [_title(title, traces) for title, traces in rows.items()]
    figure = subplots.make_subplots(
        rows=len(rows), subplot_titles=titles, shared_xaxes=True, vertical_spacing=0.045
    )
    for row, traces in enumerate(rows.values(), start=1):
        for trace in traces:
            figure.add_trace(trace, row=row, col=1)
    figure.update_xaxes(title="seconds since the first message", row=len(rows))
    figure.update_yaxes(rangemode="tozero")
    margin = {"t": 40, "l": 60, "r": 20}
    return figure.update_layout(height=1200, template="plotly_white", showlegend=False, margin=margin)


def _title(title: str, traces: Sequence[Any]) -> str:
    """Return the title of a plot, with the names of its lines in their colours."""
    lines = ", ".join(f'<span style="color:{each.line.color}">{each.name}</span>' for each in traces)
    return f"{title}: {lines}"


def _rows(numbers: Mapping[str, Any]) -> str:
    cells = {
        "messages": f"{numbers['processed']} of {numbers['published']} processed",
        "published": f"{numbers['publish_rate']}/s",
        "processed": f"{numbers['throughput']}/s",
        "handler p50 / p95 / p99": _ms(numbers["handler_ms"]),
        "publish to processed p50 / p95 / p99": _ms(numbers["publish_to_processed_ms"]),
        "greatest lag": f"{numbers['greatest_lag']} messages",
        "drained": f"{numbers['drain_seconds']} s after the last message was published",
        "pushes by outcome": ", ".join(f"{count} {name}" for name, count in numbers["outcomes"].items()),
        "bottleneck": numbers["machine"]["bottleneck"] or "not measured: the parts share the cores",
        "noise (other programs)": f"{numbers['machine']['noise_share']:.0%}",
    }
    return "".join(f"<tr><th>{html.escape(k)}<td>{html.escape(v)}" for k, v in cells.items())


def _ms(cuts: Mapping[str, float]) -> str:
    return " / ".join(f"{each:g}" for each in cuts.values()) + " ms"


def _end_to_end_ms(run: Run, start: float) -> list[Sample]:
    processed = run.deliveries.processed_at
    sent = run.schedule.published_at.items()
    return [
        (processed[each] - start, 1000 * (processed[each] - at)) for each, at in sent if each in processed
    ]


def _line(name: str, values: Sequence[float], colour: str, xs: Sequence[int] | None = None) -> Any:
    seconds = [*range(len(values))] if xs is None else xs
    return graph_objects.Scatter(x=seconds, y=values, name=name, mode="lines", line={"color": colour})


def _percentiles(samples: Sequence[Sample]) -> list[Any]:
    found = {cut: over_time(samples, cut) for cut in CUTS}
    return [_line(f"p{cut}", ys, CUTS[cut], xs) for cut, (xs, ys) in found.items()]


def _errors(run: Run, start: float, seconds: int) -> list[Any]:
    outcomes = sorted({each.outcome for each in run.deliveries.all} - {"processed"})
    moments = {
        name: [each.at - start for each in run.deliveries.all if each.outcome == name] for name in outcomes
    }
    if not outcomes:  # the plot needs a line to have an axis of time
        return [_line("none", [0] * seconds, GREY)]
    colours = (ORANGE, BLUE, GREY) * len(outcomes)
    return [
        _line(name, per_second(moments[name], seconds), colour)
        for name, colour in zip(outcomes, colours, strict=False)
    ]
