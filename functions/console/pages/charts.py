"""Line charts as plain geometry, for templates to write down as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

WIDTH, HEIGHT = 300, 90
MOST = 6
"""Lines that can be told apart; those that rise least are left out."""

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One line in pieces, since nothing is drawn where nothing was measured; each is SVG's `points`."""

    name: str
    pieces: tuple[str, ...]
    last: float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over the same time; `top` is the value at the upper edge."""

    title: str
    unit: str
    top: float
    lines: tuple[Line, ...]


def chart(title: str, unit: str, series: Mapping[str, Values]) -> Chart:
    """Scale those series that are ever above zero to one chart, the highest first."""
    heights = {name: max((value or 0.0 for value in values), default=0.0) for name, values in series.items()}
    names = sorted((name for name in series if heights[name] > 0), key=lambda name: -heights[name])[:MOST]
    top = max((heights[name] for name in names), default=0.0)
    return Chart(title, unit, top, tuple(_line(name, series[name], top) for name in names))


def _line(name: str, values: Values, top: float) -> Line:
    step = WIDTH / max(1, len(values) - 1)
    points = [
        None if value is None else f"{place * step:.1f},{HEIGHT - HEIGHT * value / top:.1f}"
        for place, value in enumerate(values)
    ]
    pieces = [[*filter(None, piece)] for there, piece in groupby(points, key=bool) if there]
    return Line(name, tuple(map(_drawn, pieces)), values[-1] if values else None)


def _drawn(piece: Sequence[str]) -> str:
    """Write a piece; a single point twice, which is drawn as a dot."""
    return " ".join(piece if len(piece) > 1 else [*piece, *piece])
