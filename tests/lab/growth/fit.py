"""Growth in figures: ratios, a straight line, an exponent."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tests.lab.bench.ratios import Ratio


@dataclass(frozen=True)
class Line:
    """Cost as a linear function of size.

    Attributes:
        fixed_ms: cost of a message independent of its size.
        per_unit_us: cost of each line item.
        r_squared: share of the variance that the line explains, with equal weight for every size.
        worst: greatest distance of a cost from the line, as a share of the cost.
    """

    fixed_ms: float
    per_unit_us: float
    r_squared: float
    worst: float


def fit_line(costs: Mapping[int, float]) -> Line:
    """Fit milliseconds by size with relative errors; otherwise the largest size would dominate."""
    sizes, ms = np.array([*costs], dtype=float), np.array([*costs.values()])
    slope, fixed = np.polyfit(sizes, ms, 1, w=1 / ms)
    errors = (slope * sizes + fixed - ms) / ms
    mean = np.average(ms, weights=1 / ms**2)
    r_squared = 1 - float(errors @ errors) / float(np.sum(((ms - mean) / ms) ** 2))
    figures = (float(fixed), 1000 * float(slope), r_squared, float(np.max(np.abs(errors))))
    return Line(*(round(each, 4) for each in figures))


def medians(costs: Mapping[int, Sequence[float]]) -> dict[int, float]:
    """Return the median of each size's rounds."""
    return {size: round(statistics.median(each), 4) for size, each in costs.items()}


def ratio(costs: Mapping[int, Sequence[float]]) -> Ratio:
    """Return the cost at the largest size divided by that at the smallest, one value per round."""
    return Ratio.of(costs[max(costs)], costs[min(costs)])


def exponent(costs: Mapping[int, Sequence[float]], start: int) -> Ratio:
    """Return the exponent of the growth from `start` to the largest size, one value per round.

    The cost is proportional to size ** exponent: 1 is linear growth, 2 is quadratic.
    """
    end = max(costs)
    grown = [math.log(top / bottom) for top, bottom in zip(costs[end], costs[start], strict=True)]
    return Ratio.of(grown, [math.log(end / start)] * len(grown))


def steps(costs: Mapping[int, float]) -> dict[str, float]:
    """Return the microseconds per unit between each size and the next."""
    sizes = sorted(costs)
    return {
        f"{small} to {large}": round(1000 * (costs[large] - costs[small]) / (large - small), 2)
        for small, large in pairwise(sizes)
    }
