"""Pushes of orders and of their parcels; every order is new and has a given number of lines."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import count, islice
from typing import Any

LINE_BYTES = 92
ENVELOPE_BYTES = 480
PUBLISHED_AT = "2024-01-10T10:00:00.123Z"
STOREFRONT = {"source": "QC-SMF", "version": "1.0"}
FORWARDED = {
    "CloudPubSubDeadLetterSourceSubscription": "order-create-sub",
    "CloudPubSubDeadLetterSourceDeliveryCount": "5",
    "CloudPubSubDeadLetterSourceTopicPublishTime": PUBLISHED_AT,
}
"""Attributes that Pub/Sub adds to a dead letter."""

_numbers = count(1)


def lines_for(size: int) -> int:
    """Return the number of lines of an order with about `size` bytes of JSON."""
    return max(1, (size - ENVELOPE_BYTES) // LINE_BYTES)


def take(number: int, lines: int) -> list[dict[str, Any]]:
    """Return a number of new orders."""
    return [order(f"QC-2024-01-10-{each:06}", lines) for each in islice(_numbers, number)]


def order(order_id: str, lines: int) -> dict[str, Any]:
    """Return an order with amounts that add up (requirements 2.2)."""
    sub_total = round(lines * 2 * 599.99, 2)
    total = round(sub_total + 134.00, 2)
    return {
        "orderId": order_id,
        "customerId": f"CUST-{order_id[-6:]}",
        "shipFromLocationId": "LOC-BKK-001",
        "isForceAllocation": True,
        "t1MembershipId": "T1-789012",
        "orderDate": "2024-01-10T10:00:00Z",
        "lineItems": [_line(number) for number in range(1, lines + 1)],
        "totals": {"subTotal": sub_total, "tax": 84.0, "shipping": 50.0, "discount": 0.0, "total": total},
        "payment": {"method": "CC", "amount": total},
    }


def _line(number: int) -> dict[str, Any]:
    return {
        "lineNumber": number,
        "sku": f"SKU-{number:05}",
        "quantity": 2,
        "unitPrice": 599.99,
        "isBundle": False,
    }


def parcel(order: dict[str, Any]) -> dict[str, Any]:
    """Return a parcel with all items of an order (requirements 3.2)."""
    return {
        "orderId": order["orderId"],
        "shipmentId": f"SHIP-{order['orderId']}",
        "trackingNumber": "TH123456789",
        "carrier": "KERRY",
        "shippedAt": "2024-01-10T15:00:00Z",
        "items": [
            {"lineNumber": line["lineNumber"], "sku": line["sku"], "shippedQty": line["quantity"]}
            for line in order["lineItems"]
        ],
    }


def pushes(orders: Iterable[dict[str, Any]]) -> list[bytes]:
    """Wrap orders as Pub/Sub does."""
    return [*wrap(orders, "order-create-sub", STOREFRONT)]


def parcel_pushes(orders: Iterable[dict[str, Any]]) -> list[bytes]:
    """Wrap a parcel of each order as Pub/Sub does."""
    return pushes_of_parcels(map(parcel, orders))


def pushes_of_parcels(parcels: Iterable[dict[str, Any]]) -> list[bytes]:
    """Wrap parcels as Pub/Sub does."""
    return [*wrap(parcels, "ship-events-direct-sub", {"eventType": "SHIP", "source": "SLICK"})]


def wrap(
    payloads: Iterable[dict[str, Any]], subscription: str, attributes: Mapping[str, str]
) -> Iterator[bytes]:
    """Wrap payloads as Pub/Sub pushes them from a subscription."""
    for number, payload in enumerate(payloads):
        message_id = payload.get("orderId", f"msg-{number}")
        message = {
            "data": base64.b64encode(json.dumps(payload).encode()).decode(),
            "attributes": {**attributes, "correlationId": f"corr-{number}"},
            "messageId": message_id,
            "message_id": message_id,
            "publishTime": PUBLISHED_AT,
            "publish_time": PUBLISHED_AT,
            "orderingKey": payload.get("customerId", ""),
        }
        body = {"message": message, "subscription": f"projects/bench/subscriptions/{subscription}"}
        yield json.dumps(body | {"deliveryAttempt": 1}).encode()
