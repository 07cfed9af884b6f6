"""What is read from the payload of a dead letter, which may break every contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import jiter
from pydantic import TypeAdapter

from shared.contracts.field_types import Identifier

MAX_DIGITS = 16
"""Before and behind the decimal point; other numbers are no amounts."""

CURRENCY_LENGTH = 3
_IDENTIFIER = TypeAdapter(Identifier)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadFacts:
    """The facts of one payload, each None where it cannot be read."""

    order_id: str | None = None
    amount: str | None = None
    """The total of an order, or the amount of a movement of money, as the producer wrote it."""
    currency: str | None = None
    content: Mapping[str, Any]
    """The payload's fields; empty where it is no JSON object."""


def read_facts(data: bytes) -> PayloadFacts:
    """Read a payload of any contract."""
    try:
        parsed = jiter.from_json(data, cache_mode="none", float_mode="decimal")
    except ValueError:
        return PayloadFacts(content={})
    if not isinstance(parsed, dict):
        return PayloadFacts(content={})
    return PayloadFacts(
        order_id=_order_id(parsed), amount=_amount(parsed), currency=_currency(parsed), content=parsed
    )


def _order_id(payload: Mapping[str, Any]) -> str | None:
    try:
        return _IDENTIFIER.validate_python(payload["orderId"], strict=True)
    except (ValueError, KeyError):  # pydantic's ValidationError is a ValueError
        return None


def _amount(payload: Mapping[str, Any]) -> str | None:
    totals = payload.get("totals")
    amount = totals.get("total") if isinstance(totals, dict) else payload.get("amount")
    if not isinstance(amount, int | Decimal) or isinstance(amount, bool):
        return None
    value = Decimal(amount)
    exponent = value.as_tuple().exponent
    is_amount = isinstance(exponent, int) and exponent >= -MAX_DIGITS and value.adjusted() < MAX_DIGITS
    return f"{value:f}" if is_amount else None


def _currency(payload: Mapping[str, Any]) -> str | None:
    payment = payload.get("payment")
    currency = payload.get("currency") or (payment.get("currency") if isinstance(payment, dict) else None)
    is_code = isinstance(currency, str) and len(currency) == CURRENCY_LENGTH and currency.isalpha()
    return currency if is_code else None
