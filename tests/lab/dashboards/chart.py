"""One chart: its lines over time, the line of its alert, and a legend of the greatest."""

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
"""Left, bottom, width and height, as shares of the picture."""

LEGEND = len(look.LINES)
"""Lines a legend names, if there are more: the greatest."""

LEGEND_ROWS, LEGEND_WIDTH = 4, 66
"""Rows below a chart, and letters of a row."""

TICKS = 6
WORTH_SHOWING = 3.0
"""A threshold further away than so many times the greatest value is told, not drawn."""

HEADROOM = 1.08


class Named(NamedTuple):
    """A line with its name in the legend."""

    name: str
    line: Line

    @property
    def peak(self) -> float:
        """Return the greatest value; below all numbers where there is none."""
        return max((value for value in self.line.values if not math.isnan(value)), default=-math.inf)


def name_of(line: Line) -> str:
    """Return the values of a line's labels; a subscription has one topic, which tells nothing more."""
    implied = {"topic"} if "subscription" in line.labels else set()
    return " · ".join(line.labels[each] for each in sorted(line.labels.keys() - implied)) or "all"


def draw(
    figure: Figure, box: Box, lines: Sequence[Named], chart: dict[str, Any], span: tuple[float, float]
) -> None:
    """Draw lines of times within a span, given in seconds since 1970, with the thresholds of a chart."""
    axes = _axes(figure, box, span[1] - span[0])
    ranked = sorted(lines, key=lambda each: each.peak, reverse=True) if len(lines) > LEGEND else lines
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
    return look.LINES[rank] if rank < len(look.LINES) else look.OTHERS


def _threshold(axes: Axes, threshold: dict[str, Any], top: float) -> float:
    """Draw an alert's line, or tell of it where it is far off; return the value to leave room for."""
    value = float(threshold["value"])
    told = f"{threshold['label']} {threshold['direction'].lower()} {look.number(value)}"
    if value > WORTH_SHOWING * top > 0:
        _tell(axes, 1.0, f"{told} (off the scale)", axes.transAxes)
        return 0.0
    axes.axhline(value, color=look.ALERT, linewidth=1.4, linestyle=(0, (4, 2)))
    _tell(axes, value, told, axes.get_yaxis_transform())
    return value


def _tell(axes: Axes, at: float, told: str, place: Transform) -> None:
    behind = {"facecolor": look.CARD, "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
    text: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": look.SMALL, "color": look.ALERT}
    axes.text(1.0, at, told, transform=place, bbox=behind, **text)


def _named(ranked: Sequence[Named]) -> list[tuple[str, str]]:
    """Return names with their colours; of too many lines the greatest, and of the rest the number."""
    if len(ranked) <= LEGEND:
        return [(each.name, _colour(rank)) for rank, each in enumerate(ranked)]
    telling = [each for each in ranked[: LEGEND - 1] if each.peak > 0]
    rest = ranked[len(telling) :]
    told = f"and {len(rest)} {'more' if rest[0].peak > 0 else 'at 0'}"
    return [*((each.name, _colour(rank)) for rank, each in enumerate(telling)), (told, look.OTHERS)]


def _legend(axes: Axes, ranked: Sequence[Named]) -> None:
    """Name the lines below the chart, or the greatest, and how many more there are."""
    if not (shown := _named(ranked)):
        return
    longest = max(len(name) + 4 for name, _ in shown)
    axes.legend(
        handles=[Line2D([], [], color=colour, linewidth=3, label=name) for name, colour in shown],
        loc="upper left",
        bbox_to_anchor=(-0.08, -0.12),
        ncols=max(math.ceil(len(shown) / LEGEND_ROWS), min(4, LEGEND_WIDTH // longest)),
        frameon=False,
        fontsize=look.SMALL,
        labelcolor=look.FAINT,
        handlelength=0.9,
        handletextpad=0.5,
        borderaxespad=0.0,
        columnspacing=1.2,
        labelspacing=0.3,
    )
