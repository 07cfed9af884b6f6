"""Compare a failed message with its own arithmetic, and with the stored version of its business id.

Values come from the masked payload, so a comparison shows no personal data.
"""

import json
from asyncio import to_thread
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from shared.domain.order import Order, Shipment, Totals
from shared.domain.payment import Authorization, Capture, Refund
from shared.failed_messages.amount_checks import AmountCheck, check_amounts, is_number
from shared.failed_messages.errors import NotFound
from shared.failed_messages.model import FailedMessage
from shared.failed_messages.orders import Orders
from shared.failed_messages.service import FailedMessageService


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedField:
    """One field of the stored version and of this message; empty where one lacks it."""

    field: str
    stored: str
    given: str

    @property
    def same(self) -> bool:
        """Return whether both agree."""
        return self.stored == self.given


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The checks and the stored version, for a person who looks for the wrong number."""

    checks: tuple[AmountCheck, ...] = ()
    fields: tuple[ComparedField, ...] = ()
    """Empty where nothing with this business id is stored."""

    @property
    def differences(self) -> tuple[ComparedField, ...]:
        """Return the fields that disagree."""
        return tuple(each for each in self.fields if not each.same)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """Compare failed messages with their orders; raises StoreUnavailable."""

    messages: FailedMessageService
    orders: Orders

    async def find(self, message: FailedMessage) -> Comparison:
        """Compare a message with what is stored of its order. Raises NotFound."""
        payload = await self.messages.payload(message.id)
        return await to_thread(compare, message.topic, payload.text, await self._order(message))

    async def _order(self, message: FailedMessage) -> Order | None:
        if message.order_id is None:
            return None
        try:
            return (await self.orders.find(message.order_id)).order
        except NotFound:
            return None


def compare(topic: str, masked_text: str | None, order: Order | None) -> Comparison:
    """Check a payload's arithmetic and compare it with the stored order, as far as it can be read."""
    try:
        payload = json.loads(masked_text or "", parse_float=Decimal)
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        return Comparison()
    stored = _stored_version(topic, payload, order) if order else {}
    given = _flatten(payload)
    return Comparison(
        checks=tuple(check_amounts(payload)),
        fields=tuple(
            ComparedField(field=name, stored=_text(value), given=_text(given.get(name)))
            for name, value in stored.items()
        ),
    )


def _stored_version(topic: str, payload: Mapping[str, Any], order: Order) -> dict[str, Any]:
    """Return the fields of what was stored under the message's business id."""
    if topic == "order-create":
        return _creation_fields(order)
    payment, decimals = order.payment, order.payment.decimals
    movements: Sequence[Authorization | Capture | Refund]
    for name, movements in (
        ("authorizationId", payment.authorizations),
        ("captureId", payment.captures),
        ("refundId", payment.refunds),
    ):
        for each in movements:
            if each.ids == (payload.get(name), payload.get("paymentId")):
                return {"amount": _decimal(each.amount_minor, decimals), **_time_fields(each)}
    for parcel in order.shipments:
        if parcel.shipment_id == payload.get("shipmentId"):
            return _parcel_fields(parcel)
    return {}


def _creation_fields(order: Order) -> dict[str, Any]:
    decimals = order.payment.decimals
    fields: dict[str, Any] = {
        "shipFromLocationId": order.ship_from_location_id,
        "isForceAllocation": order.allocation.forced,
        "orderDate": order.ordered_at,
    }
    for line in order.line_items:
        name = f"lineItems[{line.line_number}]"
        fields[f"{name}.sku"] = line.ordered_sku or line.sku
        fields[f"{name}.quantity"] = line.quantity
        fields[f"{name}.unitPrice"] = _decimal(line.unit_price_minor, decimals)
    fields |= _total_fields(order.ordered_totals or order.totals, decimals)
    fields["payment.method"] = order.payment.method
    fields["payment.amount"] = _decimal(order.payment.amount_minor, decimals)
    return fields


def _total_fields(totals: Totals, decimals: int) -> dict[str, Any]:
    return {
        "totals.subTotal": _decimal(totals.sub_total_minor, decimals),
        "totals.tax": _decimal(totals.tax_minor, decimals),
        "totals.shipping": _decimal(totals.shipping_minor, decimals),
        "totals.discount": _decimal(totals.discount_minor, decimals),
        "totals.total": _decimal(totals.total_minor, decimals),
    }


def _time_fields(movement: Authorization | Capture | Refund) -> dict[str, Any]:
    if isinstance(movement, Authorization):
        return {"authorizedAt": movement.authorized_at, "expiresAt": movement.expires_at}
    if isinstance(movement, Capture):
        return {"capturedAt": movement.captured_at}
    return {"refundedAt": movement.refunded_at}


def _parcel_fields(parcel: Shipment) -> dict[str, Any]:
    fields: dict[str, Any] = {"carrier": parcel.carrier, "shippedAt": parcel.shipped_at}
    for item in parcel.items:
        fields[f"items[{item.line_number}].sku"] = item.sku
        fields[f"items[{item.line_number}].shippedQty"] = item.quantity
    return fields


def _flatten(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Flatten a payload; entries of a list are named by their line number."""
    flat: dict[str, Any] = {}
    for name, value in payload.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{below}": each for below, each in value.items()}
        elif isinstance(value, list):
            for entry in value:
                if isinstance(entry, dict):
                    number = entry.get("lineNumber")
                    flat |= {f"{name}[{number}].{below}": each for below, each in entry.items()}
        else:
            flat[name] = value
    return flat


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal) and is_number(value):
        return f"{value.normalize():f}"
    return _text(moment) if (moment := _moment(value)) else str(value)


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def _decimal(minor: int, decimals: int) -> Decimal:
    return Decimal(minor).scaleb(-decimals)
