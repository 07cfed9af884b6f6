"""The trend of a series with its confidence interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

STANDARD_ERRORS = 2.0
"""Width of a 95 % confidence interval, on each side."""


@dataclass(frozen=True)
class Trend:
    """A slope in bytes per message, with its 95 % confidence interval."""

    slope: float
    least: float
    greatest: float

    def __str__(self) -> str:
        """Show the slope with its interval."""
        return f"{self.slope:+.0f} ({self.least:+.0f} to {self.greatest:+.0f})"


def fit_trend(messages: Sequence[int], resident: Sequence[int]) -> Trend:
    """Fit a line through resident bytes by messages.

    A process allocates memory in steps, so the errors of neighbouring samples are correlated. The number of
    samples is reduced by (1 - r) / (1 + r), where r is the correlation of a residual with the next one (the
    effective sample size of a first-order autoregressive series). Needs at least four samples.
    """
    x, y = np.array(messages, dtype=float), np.array(resident, dtype=float)
    slope, start = np.polyfit(x, y, 1)
    residuals = y - (slope * x + start)
    effective = len(x) * (1 - _autocorrelation(residuals)) / (1 + _autocorrelation(residuals))
    variance = float(residuals @ residuals) / max(effective - 2, 1)
    error = math.sqrt(variance / float(np.sum((x - x.mean()) ** 2)))
    bounds = (slope, slope - STANDARD_ERRORS * error, slope + STANDARD_ERRORS * error)
    return Trend(*(round(float(each), 1) for each in bounds))


def _autocorrelation(residuals: "np.typing.NDArray[np.float64]") -> float:
    """Return the correlation of a residual with the next one, from 0 to 0.99."""
    power = float(residuals @ residuals)
    return min(max(float(residuals[1:] @ residuals[:-1]) / power, 0.0), 0.99) if power else 0.0
