"""Send an order through a deployed system and wait for what becomes of it."""

import argparse
import json
import sys
import time
import uuid
from datetime import UTC, datetime

from google.api_core.exceptions import DeadlineExceeded
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from google.cloud.pubsub_v1.types import PublisherOptions

TOPIC = "order-create"
SUBSCRIPTION = "order-events-canary-sub"
SOURCE = "QC-SMF"
EXPECTED = "order.created"
PULL_SECONDS = 10.0


def main(arguments: list[str]) -> int:
    """Return 0 when the order was created within the given time, 1 when it was not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", required=True)
    parser.add_argument("--seconds", type=float, default=180.0)
    options = parser.parse_args(arguments)
    correlation = f"canary-{uuid.uuid4().hex}"
    publish(options.project, correlation)
    if wait_for(options.project, correlation, options.seconds):
        print(f"{correlation}: {EXPECTED}")
        return 0
    print(f"{correlation}: no {EXPECTED} within {options.seconds:g} s", file=sys.stderr)
    return 1


def publish(project: str, correlation: str) -> None:
    """Publish a valid order of one line, to a location of its own so that no customer's stock is touched."""
    customer = correlation.upper()
    publisher = PublisherClient(publisher_options=PublisherOptions(enable_message_ordering=True))
    attributes = {"source": SOURCE, "version": "1.0", "correlationId": correlation}
    data = json.dumps(order(customer)).encode()
    publisher.publish(publisher.topic_path(project, TOPIC), data, ordering_key=customer, **attributes).result(
        timeout=60
    )


def order(customer: str) -> dict[str, object]:
    """Return the payload of an order."""
    return {
        "orderId": customer,
        "customerId": customer,
        "shipFromLocationId": "LOC-CANARY",
        "isForceAllocation": True,
        "orderDate": datetime.now(UTC).isoformat(),
        "lineItems": [
            {"lineNumber": 1, "sku": "SKU-CANARY", "quantity": 1, "unitPrice": 1.00, "isBundle": False}
        ],
        "totals": {"subTotal": 1.00, "tax": 0.00, "shipping": 0.00, "discount": 0.00, "total": 1.00},
        "payment": {"method": "CC", "amount": 1.00},
    }


def wait_for(project: str, correlation: str, seconds: float) -> bool:
    """Tell whether the order's creation was told within a time; acknowledge all that was told."""
    subscriber = SubscriberClient()
    subscription = subscriber.subscription_path(project, SUBSCRIPTION)
    deadline = time.monotonic() + seconds
    with subscriber:
        while (left := deadline - time.monotonic()) > 0:
            if (correlation, EXPECTED) in _pull(subscriber, subscription, min(left, PULL_SECONDS)):
                return True
    return False


def _pull(subscriber: SubscriberClient, subscription: str, seconds: float) -> list[tuple[str, str]]:
    try:
        answer = subscriber.pull(subscription=subscription, max_messages=100, timeout=seconds, retry=None)
    except DeadlineExceeded:
        return []
    received = answer.received_messages
    if received:
        subscriber.acknowledge(subscription=subscription, ack_ids=[each.ack_id for each in received])
    told = [each.message.attributes for each in received]
    return [(each.get("correlationId", ""), each.get("eventType", "")) for each in told]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
