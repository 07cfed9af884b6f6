"""Outgoing events as Pub/Sub messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec

from shared.domain.decision import DomainEvent

EVENT_SOURCE = "ORDER_EVENTS"
EVENT_VERSION = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A message ready to publish; `data` is JSON."""

    topic: str
    ordering_key: str = field(repr=False)
    attributes: Mapping[str, str]
    data: bytes = field(repr=False)


def outgoing_message(
    event: DomainEvent, *, event_id: str, correlation_id: str, causation_id: str
) -> OutgoingMessage:
    """Build the message of an event: camelCase JSON, with the ordering key beside it."""
    return OutgoingMessage(
        topic=event.topic,
        ordering_key=event.ordering_key,
        attributes={
            "eventId": event_id,
            "eventType": event.type,
            "source": EVENT_SOURCE,
            "version": EVENT_VERSION,
            "correlationId": correlation_id,
            "causationId": causation_id,
        },
        data=_payload(event, event_id),
    )


def _payload(event: DomainEvent, event_id: str) -> bytes:
    """Write the id and the type before the event's fields: a table that keeps payloads alone has both."""
    payload: dict[str, Any] = {"eventId": event_id, "eventType": event.type}
    for name, wire in _field_names(type(event)):
        payload[wire] = getattr(event, name)
    return msgspec.json.encode(payload)


@cache
def _field_names(kind: type[DomainEvent]) -> tuple[tuple[str, str], ...]:
    """Pair the fields of the payload with their names on the wire."""
    fields = zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True)
    return tuple(each for each in fields if each[0] != "ordering_key")
