"""What a failure group affects: orders, amounts and producers, read from its newest messages."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MAX_IMPACT_MESSAGES = 500
"""Messages of a group that are read; the group may have more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Orders and amounts that a group's open messages name."""

    orders: int
    amounts: Mapping[str, Decimal]
    """The sum by currency; the currency is empty where the messages name none."""
    producers: Mapping[str, int]
    """Messages by source and version, the most frequent first."""
    complete: bool = True
    """False where the group has more messages than were read."""


def sum_impact(documents: Iterable[Mapping[str, Any]], *, complete: bool) -> Impact:
    """Sum up the stored fields of messages; those that an earlier release stored name no amount."""
    orders: set[str] = set()
    amounts: dict[str, Decimal] = {}
    producers: Counter[str] = Counter()
    for fields in documents:
        if order := fields.get("orderKey"):
            orders.add(order)
        if amount := fields.get("amount"):
            currency = fields.get("currency") or ""
            amounts[currency] = amounts.get(currency, Decimal(0)) + Decimal(amount)
        attributes = fields.get("attributes") or {}
        producers[producer_name(attributes)] += 1
    return Impact(
        orders=len(orders), amounts=amounts, producers=dict(producers.most_common()), complete=complete
    )


def producer_name(attributes: Mapping[str, str]) -> str:
    """Write source and version of a message; "unknown" where the producer sent neither."""
    return " ".join(filter(None, (attributes.get("source"), attributes.get("version")))) or "unknown"
