"""Alerts to exceptions of orders: a log line that an alert policy matches, for each that is published."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from shared.consumer.ports import Publisher
from shared.contracts.outgoing import OutgoingMessage
from shared.domain.order_exception import OrderExceptionRaised
from shared.telemetry import log

EXCEPTION_ALERT = "order_exception"


@dataclass(frozen=True, slots=True)
class ExceptionAlerts:
    """A publisher that writes a line for every `order.exception` it publishes.

    Pub/Sub may get an event twice, and so may the log: the event id tells that it is one.
    """

    publisher: Publisher

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Publish, then alert."""
        await self.publisher.publish(messages)
        for message in messages:
            if message.attributes.get("eventType") == OrderExceptionRaised.type:
                _alert(message)


def _alert(message: OutgoingMessage) -> None:
    event = json.loads(message.data)
    log.write(
        {
            "severity": "CRITICAL",
            "message": f"Order exception: {event['code']}",
            "alert": EXCEPTION_ALERT,
            "orderId": event["orderId"],
            "code": event["code"],
            "ref": event["ref"],
            "eventId": message.attributes["eventId"],
        }
    )
