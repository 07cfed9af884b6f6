"""The arithmetic of a payload that may break its contract: amounts and quantities that follow from others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Number = int | Decimal
MAX_DIGITS = 40
"""Limit of digits before and behind the point: a longer number is no amount, and would fill the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountCheck:
    """One rule of arithmetic: the number that was given, and the one that follows from the others."""

    field: str
    rule: str
    given: Number
    expected: Number

    @property
    def holds(self) -> bool:
        """Return whether the number is right."""
        return self.given == self.expected


def check_amounts(payload: Mapping[str, Any]) -> Iterator[AmountCheck]:
    """Check totals, shortages and price increases; skip a rule with a number that is missing or no number."""
    yield from _check_totals(payload)
    for place, each in enumerate(_list(payload, "items")):
        expected = _subtract(each.get("orderedQty"), each.get("availableQty"))
        yield from _check(
            f"items.{place}.shortQty", "orderedQty - availableQty", each.get("shortQty"), expected
        )
    yield from _check(
        "priceIncrease.amount",
        "adjustedPrice - orderedPrice",
        _member(payload, "priceIncrease").get("amount"),
        _subtract(
            _member(payload, "substituteItem").get("adjustedPrice"),
            _member(payload, "originalItem").get("orderedPrice"),
        ),
    )


def _check_totals(payload: Mapping[str, Any]) -> Iterator[AmountCheck]:
    totals, lines = _member(payload, "totals"), _list(payload, "lineItems")
    prices = _sum(_multiply(each.get("quantity"), each.get("unitPrice")) for each in lines) if lines else None
    charges = _sum(totals.get(name) for name in ("subTotal", "tax", "shipping"))
    total, paid = totals.get("total"), _member(payload, "payment").get("amount")
    yield from _check("totals.subTotal", "the sum of quantity x unitPrice", totals.get("subTotal"), prices)
    yield from _check(
        "totals.total",
        "subTotal + tax + shipping - discount",
        total,
        _subtract(charges, totals.get("discount")),
    )
    yield from _check("payment.amount", "totals.total", paid, total)


def _check(field: str, rule: str, given: Any, expected: Any) -> Iterator[AmountCheck]:
    if is_number(given) and is_number(expected):
        yield AmountCheck(field=field, rule=rule, given=given, expected=expected)


def _sum(numbers: Any) -> Number | None:
    found = list(numbers)
    return sum(found, start=Decimal(0)) if all(map(is_number, found)) else None


def _multiply(one: Any, other: Any) -> Number | None:
    return Decimal(one) * Decimal(other) if is_number(one) and is_number(other) else None


def _subtract(one: Any, other: Any) -> Number | None:
    return Decimal(one) - Decimal(other) if is_number(one) and is_number(other) else None


def is_number(value: Any) -> bool:
    """Return whether a value is a number of a reasonable size."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MAX_DIGITS and number.adjusted() <= MAX_DIGITS


def _member(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = payload.get(name)
    return value if isinstance(value, dict) else {}


def _list(payload: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = payload.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
