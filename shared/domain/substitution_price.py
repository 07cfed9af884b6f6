"""Check what a substitution costs (requirements 4.3). Amounts are integers in minor units."""

from decimal import Decimal
from fractions import Fraction

from shared.domain.order import Line
from shared.domain.value import Value
from shared.domain.violations import (
    IncreaseMismatch,
    OriginalPriceMismatch,
    OriginalPriceNotPositive,
    OverLimit,
)

MAX_INCREASE_PERCENT = 20
ROUNDING = Fraction(1, 20)
"""A percentage is told with at least one decimal; so far may it be from the exact one."""


class PriceIncrease(Value):
    """What the sender computed; negative for a decrease."""

    amount_minor: int
    percentage: Decimal
    within_limit: bool


def check_price(line: Line, original_minor: int, adjusted_minor: int, told: PriceIncrease) -> None:
    """Allow an increase of 20 % at most over what was ordered, and any decrease.

    The limit counts from the ordered price, so that two substitutions cannot add up beyond it.
    Raises OriginalPriceNotPositive, OriginalPriceMismatch, OverLimit, IncreaseMismatch.
    """
    ordered_minor = line.quantity * line.unit_price_minor
    if original_minor <= 0 or ordered_minor <= 0:
        raise OriginalPriceNotPositive
    if original_minor not in (ordered_minor, line.amount_minor):
        raise OriginalPriceMismatch
    if (adjusted_minor - ordered_minor) * 100 > ordered_minor * MAX_INCREASE_PERCENT:
        raise OverLimit
    _check_told(original_minor, adjusted_minor, told)


def _check_told(original_minor: int, adjusted_minor: int, told: PriceIncrease) -> None:
    increase = adjusted_minor - original_minor
    if told.amount_minor != increase:
        raise IncreaseMismatch("amount")
    if abs(Fraction(told.percentage) - Fraction(increase * 100, original_minor)) > ROUNDING:
        raise IncreaseMismatch("percentage")
    if not told.within_limit:
        raise IncreaseMismatch("withinLimit")
