"""Which fields of a message are personal, which are harmless, and which are unknown.

A failed message may break every contract. So a field is recognised by its name alone, at any depth of the
payload and in any spelling.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from pydantic.alias_generators import to_camel

from shared.domain.order import Order
from shared.domain.personal import personal_fields
from shared.domain.reservation import Reservation
from shared.domain.stock import Stock

PERSONAL_FIELDS = frozenset(
    to_camel(name) for kind in (Order, Reservation, Stock) for name in personal_fields(kind)
)
"""Names of the fields that identify a customer, as the contracts spell them."""

SHOWN_FIELDS = frozenset(
    {
        *("orderId", "shipmentId", "paymentId", "authorizationId", "captureId", "refundId", "updateId"),
        *("reservationId", "locationId", "shipFromLocationId", "carrier", "method", "currency"),
        *("lineNumber", "lineNumbers", "sku", "serialNumbers", "isBundle", "isForceAllocation", "force"),
        *("quantity", "shippedQty", "orderedQty", "availableQty", "shortQty", "onHand"),
        *("unitPrice", "amount", "subTotal", "tax", "shipping", "discount", "total"),
        *("orderedPrice", "adjustedPrice", "orderedWeight", "actualWeight", "percentage", "withinLimit"),
        *("shortType", "resolution", "substitutionType", "status"),
        *("orderDate", "shippedAt", "authorizedAt", "expiresAt", "capturedAt", "refundedAt"),
        *("cancelledAt", "releasedAt", "updatedAt", "occurredAt"),
    }
)
"""Names of the fields that an operator sees unmasked: business ids, goods, amounts, times and states.

A field outside this list is masked, so a field that a producer adds or misspells stays hidden until an
engineer adds it here. Left out on purpose: free text (`reason`), the actor of a change (`requestedBy`,
`releasedBy`), and `trackingNumber`, by which a carrier reveals an address.
"""

MAX_NAME_LENGTH = 128
_PROGRAMMERS_NAME = re.compile(r"[A-Za-z_]{1,40}")
"""A field name: an id has digits, and an address has more characters."""


class FieldKind(Enum):
    """How a field's value is treated."""

    PERSONAL = auto()
    SHOWN = auto()
    UNKNOWN = auto()
    VALUE = auto()
    """Not a field name, but an id or an address where a name belongs."""


def field_kind(name: str) -> FieldKind:
    """Return the kind of a field by its name, in any spelling."""
    return _kind_of(name) if len(name) <= MAX_NAME_LENGTH else FieldKind.VALUE


@lru_cache(maxsize=1024)
def _kind_of(name: str) -> FieldKind:
    spelling = _normalize(name)
    if spelling in _PERSONAL:
        return FieldKind.PERSONAL
    if spelling in _SHOWN:
        return FieldKind.SHOWN
    return FieldKind.UNKNOWN if _PROGRAMMERS_NAME.fullmatch(name) else FieldKind.VALUE


def _normalize(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


_PERSONAL = frozenset(_normalize(name) for name in PERSONAL_FIELDS)
_SHOWN = frozenset(_normalize(name) for name in SHOWN_FIELDS)


_DECIMAL = re.compile(r"-?\d{1,40}(\.\d{1,40})?(e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE)


def plain_number(text: str) -> str:
    """Write an id alike that a producer wrote as 12345, 12345.0 or 1.2345e4; other texts stay as they are."""
    if text.isdecimal() or not _DECIMAL.fullmatch(text):
        return text
    plain = f"{Decimal(text):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


_NESTED = (dict, list)
"""Types of values that may have personal fields in them."""


def personal_values(value: Any, *, within: bool = False) -> Iterator[Any]:
    """Yield the values of personal fields, and of everything nested in them."""
    if isinstance(value, dict):
        for name, each in value.items():
            personal = within or field_kind(name) is FieldKind.PERSONAL
            if personal or isinstance(each, _NESTED):
                yield from personal_values(each, within=personal)
    elif isinstance(value, list):
        for each in value:
            yield from personal_values(each, within=within)
    elif within and value is not None:
        yield value
