"""Small bar charts as plain geometry, for templates to write down as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 120, 28
GAP = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar's place, in units of the drawing."""

    x: float
    y: float
    width: float
    height: float


def bars(values: Sequence[int]) -> tuple[Bar, ...]:
    """Scale values to bars; any value above zero is seen."""
    if not values:
        return ()
    step, top = WIDTH / len(values), max([1, *values])
    heights = [max(3.0, HEIGHT * value / top) if value else 0.0 for value in values]
    return tuple(
        Bar(round(step * place, 1), round(HEIGHT - height, 1), round(step - GAP, 1), round(height, 1))
        for place, height in enumerate(heights)
    )
