"""The documents of a created order, filled field by field without any library."""

from datetime import datetime
from typing import Any

ENCRYPTION_BYTES = 33
"""Bytes that encryption adds: the key prefix, a nonce and a tag."""

LOOKUP_BYTES = 21
"""Bytes that deterministic encryption adds: the key prefix and a tag."""

EVENT_BYTES = 447
ITEM_BYTES = 6
"""Bytes of an encrypted event, and of each line in it, compressed."""

Json = dict[str, Any]


def fill_claim(fields: Any, order: Json, now: datetime) -> None:
    """Fill a claim, with placeholder bytes for its events."""
    fields["scope"].string_value = "order_create"
    fields["key"].string_value = order["orderId"]
    fields["fingerprint"].string_value = "0" * 32
    fields["messageId"].string_value = "0" * 16
    ids = fields["eventIds"].array_value.values
    for _ in range(3):
        ids.add().string_value = "0" * 32
    size = EVENT_BYTES + ITEM_BYTES * len(order["lineItems"])
    fields["events"].map_value.fields["inline"].bytes_value = bytes(size)
    fill_keys(fields, order["customerId"], order["orderId"])
    fields["sentAt"].null_value = 0
    fields["processedAt"].timestamp_value.FromDatetime(now)
    fields["expireAt"].timestamp_value.FromDatetime(now)


def fill_order(fields: Any, order: Json, now: datetime) -> None:
    """Fill an order as it is stored at its creation."""
    fields["orderId"].string_value = order["orderId"]
    fields["customerId"].bytes_value = bytes(ENCRYPTION_BYTES + len(order["customerId"]))
    fields["t1MembershipId"].bytes_value = bytes(ENCRYPTION_BYTES + len(order["t1MembershipId"]))
    fill_keys(fields, order["customerId"], order["t1MembershipId"])
    fields["shipFromLocationId"].string_value = order["shipFromLocationId"]
    for name in ("orderedAt", "createdAt", "updatedAt"):
        fields[name].timestamp_value.FromDatetime(now)
    fields["status"].string_value = "ALLOCATED"
    fields["paymentStatus"].string_value = "PENDING"
    allocation = fields["allocation"].map_value.fields
    allocation["status"].string_value = "ALLOCATED"
    allocation["forced"].boolean_value = True
    _fill_lines(fields["lineItems"].array_value.values, order["lineItems"])
    totals = fields["totals"].map_value.fields
    for name, amount in order["totals"].items():
        totals[f"{name}Minor"].integer_value = _minor(amount)
    _fill_payment(fields["payment"].map_value.fields, order["payment"])
    _fill_history(fields["history"].array_value.values, order, now)
    fields["releasedAt"].null_value = 0
    fields["shipments"].array_value.SetInParent()
    fields["version"].integer_value = 1


def fill_keys(fields: Any, *customers: str) -> None:
    """Fill `customerKeys` with placeholder bytes."""
    for each in customers:
        fields["customerKeys"].array_value.values.add().bytes_value = bytes(LOOKUP_BYTES + len(each))


def _fill_lines(values: Any, lines: list[Json]) -> None:
    for line in lines:
        fields = values.add().map_value.fields
        fields["lineNumber"].integer_value = line["lineNumber"]
        fields["sku"].string_value = line["sku"]
        fields["quantity"].integer_value = line["quantity"]
        price = _minor(line["unitPrice"])
        fields["unitPriceMinor"].integer_value = price
        fields["isBundle"].boolean_value = line["isBundle"]
        fields["amountMinor"].integer_value = price * line["quantity"]


def _fill_payment(fields: Any, payment: Json) -> None:
    fields["method"].string_value = payment["method"]
    fields["amountMinor"].integer_value = _minor(payment["amount"])
    fields["currency"].null_value = 0
    for name in ("authorizations", "captures", "refunds"):
        fields[name].array_value.SetInParent()


def _fill_history(values: Any, order: Json, now: datetime) -> None:
    for event in ("order.allocated", "order.created"):
        entry = values.add().map_value.fields
        entry["at"].timestamp_value.FromDatetime(now)
        entry["event"].string_value = event
        entry["ref"].string_value = order["orderId"]


def _minor(amount: float) -> int:
    return round(amount * 100)
