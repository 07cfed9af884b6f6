"""The report of a load test: one JSON for machines, one page with plots for people."""

import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plotly import graph_objects, subplots  # type: ignore[import-untyped]  # published without types

from tests.load.steady.run import Run
from tests.load.steady.series import Sample, over_time, per_second, waiting

TITLES = (
    "messages a second",
    "lag: published and not ended, messages",
    "publish to processed, ms",
    "handler, ms",
    "pushes without effect a second, by outcome",
)
BLUE, ORANGE, GREY = "#1f5fa8", "#c8641b", "#8a8f98"
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
    """Draw throughput, lag, latencies and errors over the seconds of the run."""
    figure = subplots.make_subplots(
        rows=len(TITLES), subplot_titles=TITLES, shared_xaxes=True, vertical_spacing=0.045
    )
    start = min(run.schedule.published_at.values())
    sent = [at - start for at in run.schedule.published_at.values()]
    ended = [at - start for at in run.deliveries.ended_at.values()]
    seconds = int(max([*sent, *ended])) + 1
    _line(figure, 1, "published", per_second(sent, seconds), GREY)
    _line(figure, 1, "processed", _processed(run, start, seconds), BLUE)
    _line(figure, 2, "lag", waiting(sent, ended, seconds), BLUE)
    _percentiles(figure, 3, _journeys(run, start))
    _percentiles(figure, 4, [(each.at - start, each.handler_ms) for each in run.deliveries.seen])
    _errors(figure, 5, run, start, seconds)
    figure.update_xaxes(title="seconds since the first message", row=len(TITLES))
    figure.update_yaxes(rangemode="tozero")
    return figure.update_layout(
        height=1200, template="plotly_white", showlegend=False, margin={"t": 40, "l": 60}
    )


def _rows(numbers: Mapping[str, Any]) -> str:
    told = {
        "messages": f"{numbers['processed']} of {numbers['published']} processed",
        "published": f"{numbers['publish_rate']}/s",
        "processed": f"{numbers['throughput']}/s; {numbers['drain_seconds']} s to work off the rest",
        "handler p50 / p95 / p99": _ms(numbers["handler_ms"]),
        "publish to processed p50 / p95 / p99": _ms(numbers["publish_to_processed_ms"]),
        "greatest lag": f"{numbers['greatest_lag']} messages",
        "pushes by outcome": ", ".join(f"{count} {name}" for name, count in numbers["outcomes"].items()),
        "others' use of the machine": f"{numbers['machine']['others_share']:.0%}",
    }
    return "".join(f"<tr><th>{html.escape(k)}<td>{html.escape(v)}" for k, v in told.items())


def _ms(cuts: Mapping[str, float]) -> str:
    return " / ".join(f"{each:g}" for each in cuts.values()) + " ms"


def _processed(run: Run, start: float, seconds: int) -> list[int]:
    return per_second((at - start for at in run.deliveries.processed_at.values()), seconds)


def _journeys(run: Run, start: float) -> list[Sample]:
    processed = run.deliveries.processed_at
    sent = run.schedule.published_at.items()
    return [
        (processed[each] - start, 1000 * (processed[each] - at)) for each, at in sent if each in processed
    ]


def _line(figure: Any, row: int, name: str, values: list[int], colour: str) -> None:
    xs = [*range(len(values))]
    trace = graph_objects.Scatter(x=xs, y=values, name=name, mode="lines", line={"color": colour})
    figure.add_trace(trace, row=row, col=1)
    _label(figure, row, name, (xs[-1], values[-1]), colour)


def _percentiles(figure: Any, row: int, samples: list[Sample]) -> None:
    if not samples:
        return
    for cut, colour in ((50, BLUE), (99, ORANGE)):
        xs, ys = over_time(samples, cut)
        trace = graph_objects.Scatter(x=xs, y=ys, name=f"p{cut}", mode="lines", line={"color": colour})
        figure.add_trace(trace, row=row, col=1)
        _label(figure, row, f"p{cut}", (xs[-1], ys[-1]), colour)


def _errors(figure: Any, row: int, run: Run, start: float, seconds: int) -> None:
    outcomes = sorted({each.outcome for each in run.deliveries.seen} - {"processed"})
    for outcome, colour in zip(outcomes, (ORANGE, BLUE, GREY) * len(outcomes), strict=False):
        moments = (each.at - start for each in run.deliveries.seen if each.outcome == outcome)
        _line(figure, row, outcome, per_second(moments, seconds), colour)
    if not outcomes:
        _line(figure, row, "none", [0] * seconds, GREY)


def _label(figure: Any, row: int, name: str, at: tuple[float, float], colour: str) -> None:
    """Name a line at its end, where the eye is, instead of in a legend far away."""
    figure.add_annotation(
        x=at[0],
        y=at[1],
        text=name,
        font={"color": colour},
        showarrow=False,
        xanchor="left",
        xshift=4,
        row=row,
        col=1,
    )
