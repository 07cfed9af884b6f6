"""An example of every message: the customer's own ones, and the events that a story leads to."""

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from shared.contracts.inventory import InventoryUpdate, Reservation, StockFreed
from shared.contracts.message_failed import FailureStatus, MessageFailed
from shared.contracts.order_cancel import OrderCancel
from shared.contracts.order_create import OrderCreate
from shared.contracts.order_release import OrderRelease
from shared.contracts.outgoing import OutgoingMessage, outgoing_message
from shared.contracts.payment import PaymentAuthorization, PaymentCapture, PaymentRefund
from shared.contracts.ship import Ship
from shared.contracts.short import Short
from shared.contracts.substitution import Substitution
from shared.digest import digest
from shared.domain.violations import TotalsMismatch
from shared.errors import Deferred
from tests.examples import Example, example
from tests.lab.contracts.catalogue import Direction, Message
from tests.lab.stack.demo import messages as write
from tests.lab.stack.demo import story
from tests.lab.stack.demo.step import Scene
from tests.lab.stack.topology import load
from tests.unit.consumer.processors import Bench, envelope
from tests.unit.functions.function_routes import routes_of

FIXTURES: dict[Any, str] = {
    InventoryUpdate: "inventory_update",
    OrderCancel: "order_cancel",
    OrderCreate: "order_create",
    OrderRelease: "order_release",
    PaymentAuthorization: "payment_authorized",
    PaymentCapture: "payment_captured",
    PaymentRefund: "payment_refunded",
    Reservation: "reservation",
    Ship: "ship",
    Short: "short",
    StockFreed: "stock_freed",
    Substitution: "substitution",
}

FAILED = digest("the failed message of the example")
NOW = datetime(2024, 1, 12, 12, tzinfo=UTC)
PUBLISHED = NOW.isoformat(timespec="milliseconds")
EXPIRES_AT = "2024-01-17T10:05:00Z"


def example_of(message: Message) -> Example:
    """Return the example of a message."""
    if message.direction is Direction.OUTGOING:
        return outgoing_examples()[message.name]
    found = example(FIXTURES[message.kind])
    if message.event_type is None:  # a topic with one kind of message needs no type
        attributes = {name: value for name, value in found.attributes.items() if name != "eventType"}
        return Example(attributes, found.data)
    return Example({**found.attributes, "eventType": message.event_type}, found.data)


@cache
def outgoing_examples() -> Mapping[str, Example]:
    """Return the first event of each type in the story, by type."""
    published = [*asyncio.run(play(_steps())).publisher.messages, _failure()]
    first = {each.attributes["eventType"]: each for each in reversed(published)}
    return {name: Example(dict(each.attributes), json.loads(each.data)) for name, each in first.items()}


@dataclass(frozen=True)
class Sent:
    """A message of a producer, or an event that a function consumes."""

    topic: str
    data: Mapping[str, Any]
    attributes: Mapping[str, str]


async def play(steps: Iterable[Sent]) -> Bench:
    """Process messages and what they cause; return the bench with what is stored and published."""
    topology = load()
    functions = sorted({each.function for each in topology.subscriptions.values()})
    bench = Bench(routes=routes_of(*functions), topics={topic: topic for topic in topology.topics})
    processor = replace(bench.processor, clock=lambda: NOW)
    followed = 0
    for number, step in enumerate(steps):
        waiting = [step]
        while waiting:
            sent = waiting.pop(0)
            try:
                await processor.process(
                    envelope(
                        sent.data,
                        subscription=sent.topic,
                        attributes=sent.attributes,
                        message_id=f"{number + 1}",
                        published=PUBLISHED,
                    )
                )
            except Deferred:
                continue  # the story's retries are not needed for an example
            new = bench.publisher.messages[followed:]
            followed += len(new)
            waiting += [
                Sent(each.topic, json.loads(each.data), each.attributes)
                for each in new
                if each.topic == "reservation-events"
            ]
    return bench


def _steps() -> Iterator[Sent]:
    """Yield the story without its failures, and two messages for the events that it lacks."""
    yield from sent(story.STOCK, *story.CREATION, *story.FULFILMENT)
    yield Sent("order-cancel", {**write.cancellation(story.SCARCE), "lineNumbers": [1]}, {"source": "QC-SMF"})
    late = {**write.authorisation(story.CANCELLED, 10.00), "authorizedAt": "2024-01-10T13:00:00Z"}
    yield Sent("payment-authorized", _until_expiry(late), {"source": "PAYMENT_SERVICE"})


def sent(*scenes: Scene) -> Iterator[Sent]:
    """Yield the messages of some scenes of the story."""
    for scene in scenes:
        for step in scene:
            yield Sent(step.topic, _until_expiry(step.data), step.attributes)


def _failure() -> OutgoingMessage:
    """Return what the producer of an order with a wrong total gets."""
    failed = MessageFailed(
        ordering_key=FAILED,
        failed_message_id=FAILED,
        status=FailureStatus.FAILED,
        original_topic="order-create",
        original_subscription="order-create-sub",
        original_message_id="1001",
        source="QC-SMF",
        version="1.0",
        order_id="QC-2024-01-10-000008",
        error_type="rejected",
        reason=TotalsMismatch.slug,
        detail=str(TotalsMismatch("payment.amount", "totals.total")),
        correlation_id="corr-790",
        occurred_at=NOW,
    )
    return outgoing_message(failed, event_id=digest(FAILED), correlation_id="corr-790", causation_id="1001")


def _until_expiry(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**data, "expiresAt": EXPIRES_AT} if "expiresAt" in data else data
