"""The picture of a growth report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS = {"order_create": "#1b6ca8", "ship": "#c8553d"}
STYLE: Any = {
    "svg.fonttype": "none",  # keeps text as text: smaller files, and readable for screen readers
    "svg.hashsalt": "order-event-functions",  # equal figures give equal files
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw(report: Mapping[str, Any], path: Path) -> None:
    """Draw cost by stored orders and by lines: dots for rounds, lines for medians, dashes for the fit."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        by_stored, by_lines = figure.subplots(1, 2)
        for name, colour in COLOURS.items():
            _series(by_stored, report["rounds"]["stored"][name], name, colour)
            _series(by_lines, report["rounds"]["lines"][name], name, colour)
            _fit(by_lines, report["lines"][name], colour)
        _label(by_stored, "stored orders (of one line)")
        by_stored.set_ylim(bottom=0)
        _label(by_lines, "lines of the order")
        by_lines.set_yscale("log")
        figure.savefig(path, metadata={"Date": None})


def _series(axes: Axes, costs: Mapping[str, Any], name: str, colour: str) -> None:
    sizes = [int(size) for size in costs]
    for size, rounds in zip(sizes, costs.values(), strict=True):
        axes.plot([size] * len(rounds), rounds, ".", color=colour, alpha=0.45, markersize=5)
    middle = [sorted(each)[len(each) // 2] for each in costs.values()]
    axes.plot(sizes, middle, "-", color=colour, linewidth=1.2, label=name)


def _fit(axes: Axes, verdict: Mapping[str, Any], colour: str) -> None:
    sizes = [int(size) for size in verdict["ms"]]
    line = verdict["line"]
    fitted = [line["fixed_ms"] + line["per_unit_us"] * size / 1000 for size in sizes]
    label = f"{line['fixed_ms']:.1f} ms + {line['per_unit_us']:.0f} us a line"
    axes.plot(sizes, fitted, "--", color=colour, linewidth=0.8, label=label)


def _label(axes: Axes, size: str) -> None:
    axes.set_xscale("log")
    axes.set_xlabel(size)
    axes.set_ylabel("processor ms per message")
    axes.grid(visible=True, which="major", alpha=0.25)
    axes.legend(frameon=False)
