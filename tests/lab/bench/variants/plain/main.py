"""The pseudo-code of requirements 2.3, with Google's synchronous clients."""

import base64
import json
import os
from typing import Any

import functions_framework
from flask import Request
from google.cloud import firestore, pubsub_v1

PROJECT = os.environ["GOOGLE_CLOUD_PROJECT"]
REQUIRED = ("orderId", "customerId", "shipFromLocationId", "orderDate", "lineItems", "totals", "payment")

orders = firestore.Client(project=PROJECT).collection("orders")
publisher = pubsub_v1.PublisherClient()
topic = publisher.topic_path(PROJECT, "order-events")


@functions_framework.http  # type: ignore[untyped-decorator]  # the framework is untyped
def handle(request: Request) -> tuple[str, int]:
    """Process an order, once if nothing fails."""
    message = request.get_json()["message"]
    try:
        data = json.loads(base64.b64decode(message["data"]))
        validate_order_fields(data)
        document = orders.document(data["orderId"])
        if document.get().exists:
            return "", 204
        document.set(data | {"status": "CREATED"})
        if data["isForceAllocation"]:
            document.update({"status": "ALLOCATED"})
        publish_event("order.created", data)
    except ValueError:
        return "", 422
    return "", 204


def validate_order_fields(data: dict[str, Any]) -> None:
    """Raise ValueError for missing required fields."""
    if missing := [name for name in REQUIRED if name not in data]:
        raise ValueError(missing)


def publish_event(kind: str, data: dict[str, Any]) -> None:
    """Publish an event and wait for it."""
    publisher.publish(topic, json.dumps(data).encode(), eventType=kind).result()
