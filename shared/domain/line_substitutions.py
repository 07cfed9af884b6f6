"""The substitutions of a line: the one with the latest time holds, whichever arrives first.

The line remembers the skus and prices of the other substitutions: messages that name them may still arrive.
"""

from datetime import datetime

from msgspec.structs import replace

from shared.domain.line_shortages import backordered_units
from shared.domain.lines import known_skus
from shared.domain.order import Line, LinePrice
from shared.domain.substitution_price import known_prices
from shared.domain.value import Value


class Substitution(Value, order=True):
    """What a line becomes. Two substitutions of the same time compare by sku, price and weight."""

    at: datetime
    sku: str
    price: LinePrice
    weight_grams: int
    """0 where it was not weighed."""


def is_newer(line: Line, substitution: Substitution, held_since: datetime | None) -> bool:
    """Return whether a substitution is newer than the one that holds, if there is one."""
    if held_since is None:
        return True
    weight = line.actual_weight_grams or 0
    return substitution > Substitution(at=held_since, sku=line.sku, price=line.price, weight_grams=weight)


def with_substitution(line: Line, substitution: Substitution) -> Line:
    """Give the line the substitution's sku, price and weight."""
    late = line.late_replacement_at
    replaced = replace(
        _with_former(line, substitution, present_sku=substitution.sku, present_price=substitution.price),
        sku=substitution.sku,
        amount_minor=substitution.price.amount_minor,
        priced_units=None if substitution.price.units == line.quantity else substitution.price.units,
        actual_weight_grams=substitution.weight_grams or None,
        substituted_at=substitution.at,
        late_replacement_at=late if late and late > substitution.at else None,
    )
    if substitution.sku == line.sku:
        return replaced
    return replace(replaced, backordered=backordered_units(replaced))


def with_superseded_substitution(line: Line, substitution: Substitution) -> Line:
    """Remember a substitution that does not hold."""
    return _with_former(line, substitution, present_sku=line.sku, present_price=line.price)


def with_late_replacement(line: Line, substitution: Substitution) -> Line:
    """Remember a replacement of units that left before: it does not hold, and contradicts the parcel."""
    late = max(substitution.at, line.late_replacement_at or substitution.at)
    return replace(with_superseded_substitution(line, substitution), late_replacement_at=late)


def _with_former(
    line: Line, substitution: Substitution, *, present_sku: str, present_price: LinePrice
) -> Line:
    skus = known_skus(line) | {substitution.sku}
    prices = {*known_prices(line), substitution.price}
    ordered_sku = line.ordered_sku or line.sku
    return replace(
        line,
        ordered_sku=ordered_sku if len(skus) > 1 else None,
        former_skus=tuple(sorted(skus - {present_sku, ordered_sku})),
        former_prices=tuple(sorted(prices - {present_price, line.ordered_price})),
    )
