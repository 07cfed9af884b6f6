"""One chart: its lines over time, the threshold of its alert, and a legend."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator
from matplotlib.transforms import Transform

from tests.lab.dashboards import look
from tests.lab.dashboards.prometheus import Line

Box = tuple[float, float, float, float]
"""Left, bottom, width and height, as shares of the figure."""

MAX_LEGEND_LINES = len(look.LINES)
"""Lines in a legend; of more lines, the greatest."""

LEGEND_ROWS, LEGEND_ROW_CHARACTERS = 4, 66
"""Rows of a legend, and characters in a row."""

TICKS = 6
MAX_THRESHOLD_RATIO = 3.0
"""A threshold of more than this many times the greatest value has a label and no line."""

HEADROOM = 1.08


class NamedLine(NamedTuple):
    """A line with its name in the legend."""

    name: str
    line: Line

    @property
    def peak(self) -> float:
        """Return the greatest value, or minus infinity without values."""
        return max((value for value in self.line.values if not math.isnan(value)), default=-math.inf)


def name_of(line: Line) -> str:
    """Return the name of a line from its labels, without the topic of a subscription."""
    implied = {"topic"} if "subscription" in line.labels else set()
    return " · ".join(line.labels[each] for each in sorted(line.labels.keys() - implied)) or "all"


def draw(
    figure: Figure, box: Box, lines: Sequence[NamedLine], chart: dict[str, Any], span: tuple[float, float]
) -> None:
    """Draw lines within a span of UNIX times, with the thresholds of the chart."""
    axes = _axes(figure, box, span[1] - span[0])
    ranked = (
        sorted(lines, key=lambda each: each.peak, reverse=True) if len(lines) > MAX_LEGEND_LINES else lines
    )
    values = [value for each in lines for value in each.line.values if not math.isnan(value)]
    top, bottom = max(values, default=0.0), min(0.0, *values) if values else 0.0
    for rank, each in reversed([*enumerate(ranked)]):
        times = [at - span[0] for at in each.line.times]
        width = 1.5 if rank < len(look.LINES) else 0.9
        axes.plot(times, each.line.values, color=_colour(rank), linewidth=width, solid_capstyle="round")
    for each in chart.get("thresholds", []):
        top = max(top, _threshold(axes, each, top))
    axes.set_ylim(HEADROOM * bottom, HEADROOM * (top if top > 0 else 1.0))
    _legend(axes, ranked)


def _axes(figure: Figure, box: Box, seconds: float) -> Axes:
    axes = figure.add_axes(box)
    axes.set_xlim(0, seconds)
    axes.xaxis.set_major_locator(MultipleLocator(60 * max(1, round(seconds / 60 / TICKS))))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: look.minutes(value)))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: look.number(value)))
    axes.grid(color=look.GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=look.SMALL, labelcolor=look.FAINT)
    return axes


def _colour(rank: int) -> str:
    return look.LINES[rank] if rank < len(look.LINES) else look.OTHER_LINES


def _threshold(axes: Axes, threshold: dict[str, Any], top: float) -> float:
    """Draw an alert's threshold, or only its label if it is far off; return the value to fit in."""
    value = float(threshold["value"])
    label = f"{threshold['label']} {threshold['direction'].lower()} {look.number(value)}"
    if value > MAX_THRESHOLD_RATIO * top > 0:
        _write_label(axes, 1.0, f"{label} (off the scale)", axes.transAxes)
        return 0.0
    axes.axhline(value, color=look.ALERT, linewidth=1.4, linestyle=(0, (4, 2)))
    _write_label(axes, value, label, axes.get_yaxis_transform())
    return value


def _write_label(axes: Axes, at: float, label: str, transform: Transform) -> None:
    background = {"facecolor": look.CARD, "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
    text: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": look.SMALL, "color": look.ALERT}
    axes.text(1.0, at, label, transform=transform, bbox=background, **text)


def _legend_entries(ranked: Sequence[NamedLine]) -> list[tuple[str, str]]:
    """Return names with colours: all lines, or the greatest ones and the number of the others."""
    if len(ranked) <= MAX_LEGEND_LINES:
        return [(each.name, _colour(rank)) for rank, each in enumerate(ranked)]
    shown = [each for each in ranked[: MAX_LEGEND_LINES - 1] if each.peak > 0]
    rest = ranked[len(shown) :]
    label = f"and {len(rest)} {'more' if rest[0].peak > 0 else 'at 0'}"
    return [*((each.name, _colour(rank)) for rank, each in enumerate(shown)), (label, look.OTHER_LINES)]


def _legend(axes: Axes, ranked: Sequence[NamedLine]) -> None:
    """Draw the legend below the chart."""
    if not (entries := _legend_entries(ranked)):
        return
    longest = max(len(name) + 4 for name, _ in entries)
    axes.legend(
        handles=[Line2D([], [], color=colour, linewidth=3, label=name) for name, colour in entries],
        loc="upper left",
        bbox_to_anchor=(-0.08, -0.12),
        ncols=max(math.ceil(len(entries) / LEGEND_ROWS), min(4, LEGEND_ROW_CHARACTERS // longest)),
        frameon=False,
        fontsize=look.SMALL,
        labelcolor=look.FAINT,
        handlelength=0.9,
        handletextpad=0.5,
        borderaxespad=0.0,
        columnspacing=1.2,
        labelspacing=0.3,
    )
