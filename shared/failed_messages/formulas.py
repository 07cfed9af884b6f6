"""Values that a repair computes from the other fields of a payload, and the repairs offered by reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.domain.substitution_price import MAX_INCREASE_PERCENT

Values = Mapping[str, Any]
"""New values by JSON Pointer."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A computation: its name in words, the reason it is offered for, and the new values of a payload."""

    title: str
    slug: str
    compute: Callable[[Any], Values]


def _order_total(order: Any) -> Values:
    sub_total = sum((_product(line) for line in order["lineItems"]), Decimal(0))
    totals = order["totals"]
    charges = Decimal(totals["tax"]) + Decimal(totals["shipping"]) - Decimal(totals["discount"])
    total = sub_total + charges
    return {"/totals/subTotal": sub_total, "/totals/total": total, "/payment/amount": total}


def _product(line: Any) -> Decimal:
    return Decimal(line["quantity"]) * Decimal(line["unitPrice"])


def _shortages(shortage: Any) -> Values:
    return {
        f"/items/{index}/shortQty": item["orderedQty"] - item["availableQty"]
        for index, item in enumerate(shortage["items"])
    }


def _price_increase(substitution: Any) -> Values:
    ordered = Decimal(substitution["originalItem"]["orderedPrice"])
    increase = Decimal(substitution["substituteItem"]["adjustedPrice"]) - ordered
    percent = increase / ordered * 100
    return {
        "/priceIncrease/amount": increase,
        "/priceIncrease/percentage": round(percent, 2),
        "/priceIncrease/withinLimit": percent <= MAX_INCREASE_PERCENT,
    }


FORMULAS: Mapping[str, Formula] = {
    "order_total": Formula("Recompute the total from the lines", "order.totals_mismatch", _order_total),
    "shortages": Formula("Recompute the shortages from the quantities", "short.arithmetic", _shortages),
    "price_increase": Formula(
        "Recompute the increase from the prices", "substitution.increase_mismatch", _price_increase
    ),
}
"""By the name that is stored with a bulk operation."""


def offered_formulas(slug: str) -> tuple[str, ...]:
    """Return the names of the formulas that may repair a failure reason."""
    return tuple(name for name, formula in FORMULAS.items() if formula.slug == slug)
