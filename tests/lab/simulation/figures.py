"""The figures of the simulation for measurements.md."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.lab.simulation.experiments import Outage, Peak
from tests.lab.simulation.recorded import Ratios

mpl.use("svg")
mpl.rcParams.update(
    {
        "svg.hashsalt": "simulation",  # equal figures give equal files
        "axes.spines.top": False,
        "axes.spines.right": False,
        "font.size": 10,
        "axes.grid": True,
        "grid.color": "#e4e6ea",
    }
)
FOLDER = Path(__file__).with_name("figures")
BLUE, ORANGE = "#1f5fa8", "#c8641b"
SHOWN_S = 25
"""Length of the part of a peak that is drawn."""


def draw_ratios(ratios_by_run: Mapping[str, Ratios]) -> None:
    """Draw the ratios of simulated to measured, one row for each run."""
    figure, axes = plt.subplots(figsize=(7.5, 2.6), layout="constrained")
    marks = {"throughput": "o", "p50": "v", "p99": "^", "drain": "s"}
    for name, mark in marks.items():
        xs = [getattr(each, name) for each in ratios_by_run.values()]
        axes.plot(xs, [*ratios_by_run], mark, label=name, color=BLUE if name != "p50" else ORANGE, alpha=0.8)
    axes.axvline(1, color="#8a8f98", linewidth=1)
    axes.set_xscale("log", base=2)
    axes.set_xlim(0.25, 4)
    axes.set_xticks([0.25, 0.5, 1, 2, 4], ["1/4", "1/2", "1", "2", "4"])
    axes.margins(y=0.2)
    axes.set_xlabel("simulated / measured")
    figure.legend(loc="outside upper center", ncols=4, frameon=False)
    _save(figure, "ratios")


def draw_peaks(peaks: Sequence[Peak]) -> None:
    """Draw processed and waiting messages for each cold start into a peak."""
    figure, grid = plt.subplots(
        2, len(peaks), figsize=(9, 4.6), sharex=True, layout="constrained", squeeze=False
    )
    for (above, below), peak in zip(grid.T, peaks, strict=True):
        above.set_title(f"{peak.rate:,.0f} messages a second from cold", fontsize=10)
        above.plot(peak.throughput[:SHOWN_S], color=BLUE)
        above.axhline(peak.rate, color=ORANGE, linewidth=1)
        below.plot(peak.lag[:SHOWN_S], color=BLUE)
        below.set_xlabel("seconds since the first message")
        _from_zero(above, below)
    grid[0][0].set_ylabel("processed a second")
    grid[1][0].set_ylabel("waiting")
    _save(figure, "peaks")


def draw_outage(outage: Outage, rate: float) -> None:
    """Draw the waiting messages during an outage and after it."""
    figure, axes = plt.subplots(figsize=(7.5, 2.8), layout="constrained")
    axes.plot([second / 60 for second in range(len(outage.lag))], outage.lag, color=BLUE)
    axes.axvspan(0, 10, color="#f3e3d6", zorder=0)
    axes.annotate("every push fails", (0.2, max(outage.lag) * 0.9), color=ORANGE)
    axes.set_xlabel(f"minutes, at {rate:,.0f} messages a second")
    axes.set_ylabel("waiting")
    _from_zero(axes)
    _save(figure, "outage")


def _from_zero(*axes: Axes) -> None:
    for each in axes:
        each.set_ylim(bottom=0)
        each.set_xlim(left=0)
        each.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def _save(figure: Figure, name: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)
