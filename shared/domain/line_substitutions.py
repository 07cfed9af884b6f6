"""The substitutions of a line: the one with the latest time holds, whichever arrives first.

The line remembers skus and prices of all others: facts and requests that start from them may still arrive.
"""

from datetime import UTC, datetime

from msgspec.structs import replace

from shared.domain.line_shortages import backordered_units
from shared.domain.lines import known_skus
from shared.domain.order import Line, LinePrice
from shared.domain.substitution_price import known_prices
from shared.domain.value import Value

_NEVER = datetime.min.replace(tzinfo=UTC)
"""The time of the present substitution of a line without one."""


class Substitution(Value, order=True):
    """What a line becomes. Two of the same time compare by sku, price and weight."""

    at: datetime
    sku: str
    price: LinePrice
    weight_grams: int
    """0 where it was not weighed."""


def is_newer(line: Line, made: Substitution, noted_at: datetime | None) -> bool:
    """Compare with the substitution that holds; an earlier version stored its time in the history only."""
    at = line.substituted_at or (None if line.late_replacement_at else noted_at) or _NEVER
    weight = line.actual_weight_grams or 0
    return made > Substitution(at=at, sku=line.sku, price=line.price, weight_grams=weight)


def with_substitution(line: Line, made: Substitution) -> Line:
    """Take over the substitution."""
    late = line.late_replacement_at
    replaced = replace(
        _with_former(line, made, present_sku=made.sku, present_price=made.price),
        sku=made.sku,
        amount_minor=made.price.amount_minor,
        priced_units=None if made.price.units == line.quantity else made.price.units,
        actual_weight_grams=made.weight_grams or None,
        substituted_at=made.at,
        late_replacement_at=late if late and late > made.at else None,
    )
    return replaced if made.sku == line.sku else replace(replaced, backordered=backordered_units(replaced))


def with_superseded_substitution(line: Line, made: Substitution) -> Line:
    """Remember a substitution that does not hold."""
    return _with_former(line, made, present_sku=line.sku, present_price=line.price)


def with_late_replacement(line: Line, made: Substitution) -> Line:
    """Remember a replacement of units that left before: it can't hold, and contradicts the parcel."""
    late = max(made.at, line.late_replacement_at or _NEVER)
    return replace(with_superseded_substitution(line, made), late_replacement_at=late)


def _with_former(line: Line, made: Substitution, *, present_sku: str, present_price: LinePrice) -> Line:
    skus = known_skus(line) | {made.sku}
    prices = {*known_prices(line), made.price}
    ordered_sku = line.ordered_sku or line.sku
    return replace(
        line,
        ordered_sku=ordered_sku if len(skus) > 1 else None,
        former_skus=tuple(sorted(skus - {present_sku, ordered_sku})),
        former_prices=tuple(sorted(prices - {present_price, line.ordered_price})),
    )
