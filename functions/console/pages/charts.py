"""Line and bar charts as geometry, which templates write as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

WIDTH, HEIGHT = 300, 90
MAX_LINES = 6
"""Lines that a person can distinguish; those with the lowest peaks are left out."""

BARS_WIDTH, BARS_HEIGHT = 120, 28
BAR_GAP = 2

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One line in pieces, with gaps where nothing was measured; each piece is SVG's `points`."""

    name: str
    pieces: tuple[str, ...]
    last: float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over the same time; `peak` is the value at the upper edge."""

    title: str
    unit: str
    symbol: str
    """The unit behind a number."""
    peak: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, in units of the drawing."""

    x: float
    y: float
    width: float
    height: float


def line_chart(title: str, unit: str, symbol: str, series: Mapping[str, Values]) -> Chart:
    """Scale the series with a value above zero to one chart, the highest first."""
    peaks = {name: max((value or 0.0 for value in values), default=0.0) for name, values in series.items()}
    names = sorted((name for name in series if peaks[name] > 0), key=lambda name: -peaks[name])[:MAX_LINES]
    peak = max((peaks[name] for name in names), default=0.0)
    return Chart(title, unit, symbol, peak, tuple(_line(name, series[name], peak) for name in names))


def bar_chart(values: Sequence[int]) -> tuple[Bar, ...]:
    """Scale values to bars; any value above zero is visible."""
    if not values:
        return ()
    step, peak = BARS_WIDTH / len(values), max([1, *values])
    heights = [max(3.0, BARS_HEIGHT * value / peak) if value else 0.0 for value in values]
    return tuple(
        Bar(
            round(step * place, 1),
            round(BARS_HEIGHT - height, 1),
            round(step - BAR_GAP, 1),
            round(height, 1),
        )
        for place, height in enumerate(heights)
    )


def _line(name: str, values: Values, peak: float) -> Line:
    step = WIDTH / max(1, len(values) - 1)
    points = [
        None if value is None else f"{place * step:.1f},{HEIGHT - HEIGHT * value / peak:.1f}"
        for place, value in enumerate(values)
    ]
    pieces = [[*filter(None, piece)] for measured, piece in groupby(points, key=bool) if measured]
    return Line(name, tuple(map(_points, pieces)), values[-1] if values else None)


def _points(piece: Sequence[str]) -> str:
    """Write a piece; a single point twice, which SVG draws as a dot."""
    return " ".join(piece if len(piece) > 1 else [*piece, *piece])
