"""The allowed growth, and the check of measured growth against it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.lab.bench.ratios import Ratio
from tests.lab.growth.fit import Line, exponent, fit_line, medians, ratio, steps
from tests.lab.growth.samples import Costs

MAX_STORED_RATIO = 1.15
"""Allowed ratio of the costs at 100,000 and at 100 stored orders: 5 % for each factor of ten."""

MAX_LINES_EXPONENT = 1.10
"""Allowed exponent of the cost; a list search or a copy for each line would give 2."""

EXPONENT_FROM = 1_000
"""Number of lines above which the fixed cost, and the format for few lines, no longer matter."""


@dataclass(frozen=True)
class Stored:
    """Growth of one function's cost with stored orders."""

    ms: Mapping[int, float]
    ratio: Ratio


@dataclass(frozen=True)
class Lines:
    """Growth of one function's cost with an order's lines."""

    ms: Mapping[int, float]
    line: Line
    exponent: Ratio
    us_per_line: Mapping[str, float]


def stored(costs: Costs) -> dict[str, Stored]:
    """Compute the growth with stored orders."""
    return {name: Stored(medians(each), ratio(each)) for name, each in costs.items()}


def lines(costs: Costs) -> dict[str, Lines]:
    """Compute the growth with lines."""
    return {
        name: Lines(
            medians(each), fit_line(medians(each)), exponent(each, EXPONENT_FROM), steps(medians(each))
        )
        for name, each in costs.items()
    }


def find_excesses(by_stored: Mapping[str, Stored], by_lines: Mapping[str, Lines]) -> list[str]:
    """Return the names of costs that grow more than allowed."""
    with_orders = [
        f"{name}, stored orders" for name, each in by_stored.items() if each.ratio.median > MAX_STORED_RATIO
    ]
    with_lines = [
        f"{name}, lines" for name, each in by_lines.items() if each.exponent.median > MAX_LINES_EXPONENT
    ]
    return with_orders + with_lines
