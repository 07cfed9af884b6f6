"""Check what a substitution costs (requirements 4.3). Amounts are integers in minor units.

A price is for several units of the line together. `originalItem.orderedPrice` is one of three: the ordered
price of the whole line, the ordered price of what is left after shortages and cancellations, or the present
price of the line. `substituteItem.adjustedPrice` is the new price of the same units.
"""

from decimal import Decimal
from fractions import Fraction

from shared.domain.order import Line
from shared.domain.value import Value
from shared.domain.violations import (
    IncreaseMismatch,
    OriginalPriceMismatch,
    OriginalPriceNotPositive,
    OriginalPriceTooEarly,
    OverLimit,
)

MAX_INCREASE_PERCENT = 20
PERCENT_TOLERANCE = Fraction(1, 20)
"""A percentage has one decimal or more, so rounding changes it by 0.05 at most."""


class PriceIncrease(Value):
    """What the sender computed; negative for a decrease."""

    amount: Decimal
    percentage: Decimal
    within_limit: bool


class Prices(Value):
    """The amounts of a substitution, in minor units of the order's currency."""

    original_minor: int
    adjusted_minor: int
    increase_minor: int
    """What the sender computed."""


def check_increase(line: Line, prices: Prices) -> None:
    """Check the rules that do not depend on when the message arrives.

    The limit counts from the ordered price, so that two substitutions cannot add up beyond it.
    Raises OriginalPriceNotPositive, IncreaseMismatch, OverLimit.
    """
    if prices.original_minor <= 0 or line.unit_price_minor <= 0:
        raise OriginalPriceNotPositive
    if prices.increase_minor != prices.adjusted_minor - prices.original_minor:
        raise IncreaseMismatch("amount")
    if units := _ordered_units(line, prices.original_minor):
        _check_limit(line, units, prices.adjusted_minor)


def find_priced_units(line: Line, prices: Prices) -> int:
    """Return how many units of the line the two prices are for.

    Raises OriginalPriceTooEarly where more units are left of the line: a shortage or a cancellation may be on
    its way. Raises OriginalPriceMismatch, OverLimit.
    """
    original = prices.original_minor
    units = _ordered_units(line, original)
    if units and units >= _fewest_left(line):
        return units
    if original in (line.amount_minor, line.payable_minor):
        whole = original == line.amount_minor
        present = (line.priced_units or line.quantity) if whole else line.kept_quantity
        _check_limit(line, present, prices.adjusted_minor)
        return present
    raise OriginalPriceTooEarly if units else OriginalPriceMismatch


def _fewest_left(line: Line) -> int:
    """Return how many units the shortages left of the line, though parcels may have brought more."""
    undelivered = max((each.undelivered for each in line.shortages), default=0)
    return min(line.kept_quantity, line.quantity - undelivered - line.cancelled)


def find_discrepancies(prices: Prices, increase: PriceIncrease) -> tuple[str, ...]:
    """Return the fields that contradict the prices: they are noted where the price is within the limit."""
    difference = prices.adjusted_minor - prices.original_minor
    percentage = Fraction(difference * 100, prices.original_minor)
    wrong = {
        "priceIncrease.percentage": abs(Fraction(increase.percentage) - percentage) > PERCENT_TOLERANCE,
        "priceIncrease.withinLimit": not increase.within_limit,
    }
    return tuple(field for field, is_wrong in wrong.items() if is_wrong)


def _ordered_units(line: Line, price_minor: int) -> int:
    """Return how many units cost this price at the ordered unit price; 0 where no number of units does."""
    units, rest = divmod(price_minor, line.unit_price_minor)
    return units if not rest and units <= line.quantity else 0


def _check_limit(line: Line, units: int, adjusted_minor: int) -> None:
    ordered_minor = units * line.unit_price_minor
    if (adjusted_minor - ordered_minor) * 100 > ordered_minor * MAX_INCREASE_PERCENT:
        raise OverLimit
