"""Check what a substitution costs (requirements 4.3). Amounts are integers in minor units.

A price is for several units of the line together. `originalItem.orderedPrice` is the ordered price of the
line, or one that a substitution gave it: of the whole line, or of what shortages and cancellations left.
`substituteItem.adjustedPrice` is the new price of the same units.

What a line cost before stays valid as original price. So it does not matter which other substitutions arrived
before. One that states a price which the line does not have yet is deferred.
"""

from decimal import Decimal
from fractions import Fraction

from shared.domain.order import Line, LinePrice
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
    if units := _units_at(line, line.ordered_price, prices.original_minor):
        _check_limit(line, units, prices.adjusted_minor)


def find_priced_units(line: Line, prices: Prices) -> int:
    """Return how many units of the line the two prices are for.

    Raises OverLimit, and two errors that defer. OriginalPriceTooEarly: more units are left of the line, and a
    shortage or a cancellation may be on its way. OriginalPriceMismatch: the line never had this price, and
    the substitution that gives it may be on its way.
    """
    matches = [_units_at(line, price, prices.original_minor) for price in known_prices(line)]
    enough = [units for units in matches if units and units >= _fewest_left(line)]
    if not enough:
        raise OriginalPriceTooEarly if any(matches) else OriginalPriceMismatch
    _check_limit(line, enough[0], prices.adjusted_minor)
    return enough[0]


def known_prices(line: Line) -> tuple[LinePrice, ...]:
    """Return every price the line has or had, the ordered one first."""
    return (line.ordered_price, *sorted({line.price, *line.former_prices} - {line.ordered_price}))


def _units_at(line: Line, price: LinePrice, amount_minor: int) -> int:
    """Return how many units of the line cost an amount at a price; 0 where no number of units does."""
    if not price.amount_minor:
        return 0
    units = round(Fraction(amount_minor * price.units, price.amount_minor))
    return units if units <= line.quantity and price.of_units(units) == amount_minor else 0


def _fewest_left(line: Line) -> int:
    """Return how many units shortages and cancellations leave of the line, even if parcels brought more."""
    if line.cancelled_at:
        return 0
    undelivered = max((each.undelivered for each in line.shortages), default=0)
    return min(line.kept_quantity, line.quantity - undelivered)


def find_discrepancies(prices: Prices, increase: PriceIncrease) -> tuple[str, ...]:
    """Return the fields that contradict the prices; the event lists them, and the price holds."""
    difference = prices.adjusted_minor - prices.original_minor
    percentage = Fraction(difference * 100, prices.original_minor)
    wrong = {
        "priceIncrease.percentage": abs(Fraction(increase.percentage) - percentage) > PERCENT_TOLERANCE,
        "priceIncrease.withinLimit": not increase.within_limit,
    }
    return tuple(field for field, is_wrong in wrong.items() if is_wrong)


def _check_limit(line: Line, units: int, adjusted_minor: int) -> None:
    ordered_minor = units * line.unit_price_minor
    if (adjusted_minor - ordered_minor) * 100 > ordered_minor * MAX_INCREASE_PERCENT:
        raise OverLimit
