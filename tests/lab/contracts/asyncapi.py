"""The AsyncAPI 3 document: every channel with its messages, subscriptions and Pub/Sub bindings."""

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from shared.contracts.outgoing import EVENT_VERSION
from tests.lab.contracts.catalogue import Direction, Message
from tests.lab.contracts.documents import attributes_document, payload_document, title_of_message
from tests.lab.contracts.examples import example_of
from tests.lab.stack.topology import Subscription, Topic, Topology

Json = dict[str, Any]

SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"
BINDING_VERSION = "0.2.0"
NO_SCHEMA_RESOURCE = "No Pub/Sub schema is attached to the topic: the functions validate the messages."


def asyncapi_document(messages: Iterable[Message], topology: Topology) -> Json:
    """Describe all messages and their channels."""
    by_topic = {topic: [*each] for topic, each in groupby(sorted(messages, key=_topic), key=_topic)}
    listed = {topic: by_topic[topic] for topic in topology.topics if topic in by_topic}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Order events",
            "version": EVENT_VERSION,
            "description": (
                "The messages about orders on Google Pub/Sub: those that the functions consume, and the "
                "events that they publish. `make contracts` generates this from contracts and topology."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {
            topic: _channel(topic, topology.topics[topic], found, topology) for topic, found in listed.items()
        },
        "operations": {
            f"{_action(each)}.{each.name}": _operation(each) for found in listed.values() for each in found
        },
        "components": {
            "messages": {key(each): _message(each) for found in listed.values() for each in found}
        },
    }


def key(message: Message) -> str:
    """Return the name of a message among the document's components."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", f"{message.direction}.{message.name}")


def _topic(message: Message) -> str:
    return message.topic


def _action(message: Message) -> str:
    return "receive" if message.direction is Direction.INCOMING else "send"


def _channel(name: str, topic: Topic, messages: Iterable[Message], topology: Topology) -> Json:
    return {
        "address": name,
        "title": name,
        "messages": {key(each): {"$ref": f"#/components/messages/{key(each)}"} for each in messages},
        "bindings": {
            "googlepubsub": {
                "bindingVersion": BINDING_VERSION,
                "labels": {"group": topic.group},
                "messageRetentionDuration": f"{topic.retention_seconds}s",
                "schemaSettings": {"encoding": "json", "name": name},
                "x-schema-resource": NO_SCHEMA_RESOURCE,
            }
        },
        "x-producers": topic.producers,
        "x-subscriptions": {
            subscription: _subscription(each)
            for subscription, each in topology.subscriptions.items()
            if each.topic == name
        },
    }


def _subscription(subscription: Subscription) -> Json:
    return {
        "function": subscription.function,
        "filter": subscription.filter,
        "enableMessageOrdering": subscription.ordering,
        "ackDeadlineSeconds": subscription.ack_deadline_seconds,
        "messageRetentionDuration": f"{subscription.retention_seconds}s",
        "maxDeliveryAttempts": subscription.max_delivery_attempts,
        "deadLetterTopic": subscription.dead_letter_topic,
    }


def _operation(message: Message) -> Json:
    incoming = message.direction is Direction.INCOMING
    return {
        "action": _action(message),
        "channel": {"$ref": f"#/channels/{message.topic}"},
        "summary": f"{'Consumed' if incoming else 'Published'} by {', '.join(message.functions)}.",
        "messages": [{"$ref": f"#/channels/{message.topic}/messages/{key(message)}"}],
    }


def _message(message: Message) -> Json:
    payload, attributes = payload_document(message), attributes_document(message)
    example = example_of(message)
    return {
        "name": message.name,
        "title": title_of_message(message),
        "summary": payload["description"],
        "contentType": "application/json",
        "headers": _schema(attributes),
        "payload": _schema(payload),
        "bindings": {
            "googlepubsub": {
                "bindingVersion": BINDING_VERSION,
                "orderingKey": ordering_key(message),
                "attributes": attributes["properties"],
            }
        },
        "examples": [{"headers": example.attributes, "payload": example.data}],
        "x-version": message.version,
    }


def _schema(document: Mapping[str, Any]) -> Json:
    return {"schemaFormat": SCHEMA_FORMAT, "schema": document}


def ordering_key(message: Message) -> str:
    """Return what the ordering key of a message is."""
    incoming = message.direction is Direction.INCOMING
    return str(message.kind.ordering_field if incoming else message.kind.ordered_by)
