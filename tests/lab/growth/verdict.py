"""What growth is allowed, and whether there is more."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.lab.bench.ratios import Ratio
from tests.lab.growth.fit import Line, exponent, medians, ratio, steps, straight
from tests.lab.growth.samples import Costs

FLAT = 1.15
"""Cost at a hundred thousand stored orders over that at a hundred: 5 % for each factor of ten."""

LINEAR = 1.10
"""Exponent of the cost from a thousand lines on; lookups in a list or copies of it would make it 2."""

LINEAR_FROM = 1_000
"""Lines from which the fixed cost of a message, and the other way of storing few lines, are out of sight."""


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
    """Judge costs by stored orders."""
    return {name: Stored(medians(each), ratio(each)) for name, each in costs.items()}


def lines(costs: Costs) -> dict[str, Lines]:
    """Judge costs by lines."""
    return {
        name: Lines(medians(each), straight(medians(each)), exponent(each, LINEAR_FROM), steps(medians(each)))
        for name, each in costs.items()
    }


def excesses(by_stored: Mapping[str, Stored], by_lines: Mapping[str, Lines]) -> list[str]:
    """Name what grows beyond its bound; none where all is well."""
    steep = [f"{name}, stored orders" for name, each in by_stored.items() if each.ratio.median > FLAT]
    bent = [f"{name}, lines" for name, each in by_lines.items() if each.exponent.median > LINEAR]
    return steep + bent
