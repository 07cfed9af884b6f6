"""Messages as producers write them and pushes as Pub/Sub wraps them; requirements 2.2 gives the example."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from shared.consumer.routes import Route, creating_order, order_refs
from shared.contracts.order_create import OrderCreate
from shared.domain.create_order import create_order

PROJECT = "p"
"""The project of the subscriptions that push; a test may set its own."""

SUBSCRIPTION = "order-create-sub"
TOPIC = "order-create"
PUBLISHED = "2024-01-10T10:00:00.123Z"
ATTRIBUTES = {"source": "QC-SMF", "version": "1.0", "correlationId": "corr-789"}

ORDER_CREATE = Route(
    scope="order_create",
    contract=OrderCreate,
    key=lambda command: command.order_id,
    refs=order_refs,
    decide=creating_order(create_order),
    creates=True,
)


def order(order_id: str = "QC-2024-01-10-000001", **fields: Any) -> dict[str, Any]:
    """Return the example's data, some of its fields replaced."""
    return {
        "orderId": order_id,
        "customerId": "CUST-123456",
        "shipFromLocationId": "LOC-BKK-001",
        "isForceAllocation": True,
        "t1MembershipId": "T1-789012",
        "orderDate": "2024-01-10T10:00:00Z",
        "lineItems": [line(1, quantity=2, price=599.99)],
        "totals": totals(1199.98, tax=84.00, shipping=50.00),
        "payment": {"method": "CC", "amount": 1333.98},
    } | fields


def order_of(lines: Sequence[Mapping[str, Any]], order_id: str, **fields: Any) -> dict[str, Any]:
    """Return an order of these lines, its amounts adding up; without tax, shipping and discount."""
    sub_total = sum(round(each["quantity"] * each["unitPrice"] * 100) for each in lines) / 100
    amounts = {"totals": totals(sub_total), "payment": {"method": "CC", "amount": sub_total}}
    return order(order_id, lineItems=[*lines], **amounts) | fields


def line(number: int, *, quantity: int = 1, price: float = 1.25, sku: str | None = None) -> dict[str, Any]:
    """Return one line item."""
    return {
        "lineNumber": number,
        "sku": sku or f"SKU-{number:03}",
        "quantity": quantity,
        "unitPrice": price,
        "isBundle": False,
    }


def totals(sub_total: float, *, tax: float = 0.0, shipping: float = 0.0) -> dict[str, float]:
    """Return totals that add up, without a discount."""
    total = round(sub_total + tax + shipping, 2)
    return {"subTotal": sub_total, "tax": tax, "shipping": shipping, "discount": 0.0, "total": total}


def push(
    data: Any,
    *,
    subscription: str = SUBSCRIPTION,
    message_id: str = "1001",
    attempt: int | None = 1,
    attributes: Mapping[str, str] = ATTRIBUTES,
    ordering_key: str = "CUST-123456",
    published: str = PUBLISHED,
) -> bytes:
    """Return the body of a push of `data`: bytes as they are, anything else as JSON."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    message = {
        "data": base64.b64encode(raw).decode(),
        "attributes": {**attributes},
        "messageId": message_id,
        "publishTime": published,
        "orderingKey": ordering_key,
    }
    body: dict[str, Any] = {
        "message": message,
        "subscription": f"projects/{PROJECT}/subscriptions/{subscription}",
    }
    return json.dumps(body if attempt is None else body | {"deliveryAttempt": attempt}).encode()
