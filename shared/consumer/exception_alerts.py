"""Alerts for exceptions of orders: an alert policy matches the log line of each published exception."""

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
    """A publisher that logs an alert for every `order.exception` it publishes.

    An event that is published twice is logged twice, with the same event id.
    """

    publisher: Publisher

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Publish all messages, then log an alert for each exception."""
        await self.publisher.publish(messages)
        for message in messages:
            if message.attributes.get("eventType") == OrderExceptionRaised.type:
                _log_alert(message)


def _log_alert(message: OutgoingMessage) -> None:
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
