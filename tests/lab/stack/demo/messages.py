"""Messages of storefront, warehouse and payment service (requirements 2 to 5)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

LOCATION = "LOC-BKK-001"
SHIPPING = 50.00
Json = dict[str, Any]
EXPIRES_AT = (datetime.now(UTC) + timedelta(days=7)).isoformat(timespec="seconds")


def line(number: int, sku: str, quantity: int, unit_price: float) -> Json:
    """Return a line item."""
    return {
        "lineNumber": number,
        "sku": sku,
        "quantity": quantity,
        "unitPrice": unit_price,
        "isBundle": False,
    }


def order(order_id: str, *lines: Json, customer: str, force: bool = False) -> Json:
    """Return an order with amounts that add up."""
    sub_total = round(sum(each["quantity"] * each["unitPrice"] for each in lines), 2)
    tax = round(sub_total * 0.07, 2)
    total = round(sub_total + tax + SHIPPING, 2)
    return {
        "orderId": order_id,
        "customerId": customer,
        "shipFromLocationId": LOCATION,
        "isForceAllocation": force,
        "t1MembershipId": f"T1-{customer[-6:]}",
        "orderDate": "2024-01-10T10:00:00Z",
        "lineItems": list(lines),
        "totals": {
            "subTotal": sub_total,
            "tax": tax,
            "shipping": SHIPPING,
            "discount": 0.00,
            "total": total,
        },
        "payment": {"method": "CC", "amount": total},
    }


def count(sku: str, on_hand: int, at: str = "2024-01-10T09:00:00Z") -> Json:
    """Return a stock count of the warehouse."""
    return {
        "updateId": f"COUNT-{sku}-{at}",
        "locationId": LOCATION,
        "sku": sku,
        "onHand": on_hand,
        "updatedAt": at,
    }


def authorisation(order_id: str, amount: float) -> Json:
    """Return an authorisation that expires in the future."""
    return {
        "orderId": order_id,
        "paymentId": f"PAY-{order_id[-6:]}",
        "authorizationId": f"AUTH-{order_id[-6:]}",
        "amount": amount,
        "currency": "THB",
        "authorizedAt": "2024-01-10T10:05:00Z",
        "expiresAt": EXPIRES_AT,
    }


def capture(order_id: str, amount: float) -> Json:
    """Return a capture."""
    return {
        "orderId": order_id,
        "paymentId": f"PAY-{order_id[-6:]}",
        "captureId": f"CAP-{order_id[-6:]}",
        "amount": amount,
        "capturedAt": "2024-01-10T16:00:00Z",
    }


def refund(order_id: str, amount: float) -> Json:
    """Return a refund."""
    return {
        "orderId": order_id,
        "paymentId": f"PAY-{order_id[-6:]}",
        "refundId": f"REF-{order_id[-6:]}",
        "amount": amount,
        "currency": "THB",
        "reason": "Goods damaged",
        "refundedAt": "2024-01-12T09:00:00Z",
    }


def release(order_id: str) -> Json:
    """Return a release to the warehouse."""
    return {"orderId": order_id, "releasedBy": "QC-SMF", "releasedAt": "2024-01-10T11:00:00Z"}


def cancellation(order_id: str) -> Json:
    """Return a cancellation of a whole order."""
    return {
        "orderId": order_id,
        "reason": "Customer changed their mind",
        "requestedBy": "QC-SMF",
        "cancelledAt": "2024-01-10T12:00:00Z",
    }


def weight_adjustment(order_id: str, number: int, sku: str, price: float, percent: int) -> Json:
    """Return a substitution by the same sku at another weight, with a price higher by whole percents."""
    adjusted = round(price * (100 + percent) / 100, 2)
    return {
        "orderId": order_id,
        "substitutionType": "WEIGHT_ADJUSTMENT",
        "originalItem": {"lineNumber": number, "sku": sku, "orderedWeight": 1.0, "orderedPrice": price},
        "substituteItem": {"sku": sku, "actualWeight": 1 + percent / 100, "adjustedPrice": adjusted},
        "priceIncrease": {
            "amount": round(adjusted - price, 2),
            "percentage": float(percent),
            "withinLimit": percent <= 20,
        },
    }


def shortage(order_id: str, number: int, sku: str, ordered: int, available: int) -> Json:
    """Return a shortage after which the available units are shipped."""
    item = {
        "lineNumber": number,
        "sku": sku,
        "orderedQty": ordered,
        "availableQty": available,
        "shortQty": ordered - available,
        "reason": "Inventory discrepancy",
    }
    return {
        "orderId": order_id,
        "shortType": "OUT_OF_STOCK",
        "items": [item],
        "resolution": "PARTIAL_SHIP",
    }


def parcel(order_id: str, shipment_id: str, *items: tuple[int, str, int], at: str) -> Json:
    """Return a parcel of (line number, sku, quantity) items."""
    return {
        "orderId": order_id,
        "shipmentId": shipment_id,
        "trackingNumber": f"TH-{shipment_id}",
        "carrier": "KERRY",
        "shippedAt": at,
        "items": [
            {"lineNumber": number, "sku": sku, "shippedQty": quantity} for number, sku, quantity in items
        ],
    }


def changed(data: Mapping[str, Any], **fields: Any) -> Json:
    """Copy a payload with other values in some fields."""
    return {**data, **fields}
