"""The message that Pub/Sub publishes to a dead-letter topic."""

from dataclasses import replace

from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.source import Source


def dead_letter(source: Source, message: Message, attempts: int) -> Message:
    """Return the message with its origin in four attributes; data and ordering key stay as they are."""
    prefix = "CloudPubSubDeadLetterSource"
    origin = {
        f"{prefix}DeliveryCount": str(attempts),
        f"{prefix}Subscription": source.name,
        f"{prefix}SubscriptionProject": source.project,
        f"{prefix}TopicPublishTime": message.publish_time.isoformat(timespec="milliseconds"),
    }
    return replace(message, attributes={**message.attributes, **origin})
