"""The substitutions of a line: the one with the latest time holds, whichever arrives first.

The line remembers the skus and prices of the other substitutions: messages that name them may still arrive.
It remembers what it was with each sku, too: the warehouse may ship another sku than the one that holds.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec.structs import replace

from shared.domain.line_shortages import backordered_units
from shared.domain.lines import known_skus
from shared.domain.order import Line, LineGoods, LinePrice
from shared.domain.substitution_price import known_prices
from shared.domain.value import Value

ORDERED = datetime.min.replace(tzinfo=UTC)
"""The time of what was ordered, among substitutions: it is before all of them."""


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
    late = line.late_replacement_at if _has_later_replacement(line, substitution) else None
    replaced = _with_goods(line, _goods(substitution), other=_present_goods(line))
    return replace(replaced, late_replacement_at=late)


def _has_later_replacement(line: Line, substitution: Substitution) -> bool:
    """Return whether a replacement of units that left before is newer than a substitution.

    Of the same time, the one with the greater sku is.
    """
    late = line.late_replacement_at
    if late is None:
        return False
    if late == substitution.at:
        return any(each.substituted_at == late and each.sku > substitution.sku for each in line.replaced)
    return late > substitution.at


def with_superseded_substitution(line: Line, substitution: Substitution) -> Line:
    """Remember a substitution that does not hold."""
    return _with_goods(line, _present_goods(line), other=_goods(substitution))


def with_late_replacement(line: Line, substitution: Substitution) -> Line:
    """Remember a replacement of units that left before: it does not hold, and contradicts the parcel."""
    late = max(substitution.at, line.late_replacement_at or substitution.at)
    return replace(with_superseded_substitution(line, substitution), late_replacement_at=late)


def with_shipped_sku(line: Line, sku: str, shipped_at: datetime) -> Line | None:
    """Give the line the sku that a parcel carries instead of its own; None where it never had that sku.

    The line becomes what it would be if the parcel had come first: the replacement does not hold. An earlier
    release may not have stored the time of the replacement; then `shipped_at` stands for it.
    """
    known = {each.sku: each for each in line.replaced}
    if line.ordered_sku:  # an earlier release did not remember more of what was ordered
        known = {line.ordered_sku: LineGoods(sku=line.ordered_sku, price=line.ordered_price)} | known
    if sku not in known:
        return None
    shipped = _with_goods(line, known[sku], other=_present_goods(line))
    return replace(shipped, late_replacement_at=line.substituted_at or shipped_at)


def _goods(substitution: Substitution) -> LineGoods:
    return LineGoods(
        sku=substitution.sku,
        price=substitution.price,
        weight_grams=substitution.weight_grams or None,
        substituted_at=substitution.at,
    )


def _present_goods(line: Line) -> LineGoods:
    return LineGoods(
        sku=line.sku,
        price=line.price,
        weight_grams=line.actual_weight_grams,
        substituted_at=line.substituted_at,
    )


def _with_goods(line: Line, goods: LineGoods, *, other: LineGoods) -> Line:
    """Give the line these goods, and remember other ones."""
    skus = known_skus(line) | {goods.sku, other.sku}
    prices = {*known_prices(line), goods.price, other.price}
    ordered_sku = line.ordered_sku or line.sku
    becomes = replace(
        line,
        sku=goods.sku,
        amount_minor=goods.price.amount_minor,
        priced_units=None if goods.price.units == line.quantity else goods.price.units,
        actual_weight_grams=goods.weight_grams,
        substituted_at=goods.substituted_at,
        ordered_sku=ordered_sku if len(skus) > 1 else None,
        former_skus=tuple(sorted(skus - {goods.sku, ordered_sku})),
        former_prices=tuple(sorted(prices - {goods.price, line.ordered_price})),
        replaced=_latest_of_each_sku((*line.replaced, other), without=goods.sku),
    )
    return becomes if goods.sku == line.sku else replace(becomes, backordered=backordered_units(becomes))


def _latest_of_each_sku(every: Iterable[LineGoods], *, without: str) -> tuple[LineGoods, ...]:
    latest = {each.sku: each for each in sorted(every, key=_age) if each.sku != without}
    return tuple(latest[sku] for sku in sorted(latest))


def _age(goods: LineGoods) -> tuple[datetime, LinePrice, int]:
    """Sort as substitutions are: by time, price and weight; what was ordered comes first."""
    return goods.substituted_at or ORDERED, goods.price, goods.weight_grams or 0
