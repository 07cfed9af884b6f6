"""The wire on the way out: an event becomes a Pub/Sub message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import msgspec

from shared.domain.decision import Event

SOURCE = "ORDER_EVENTS"
VERSION = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A message ready to publish; `data` is JSON."""

    topic: str
    ordering_key: str = field(repr=False)
    attributes: Mapping[str, str]
    data: bytes = field(repr=False)


def outgoing_message(
    event: Event, *, event_id: str, correlation_id: str, causation_id: str
) -> OutgoingMessage:
    """Write an event down: camelCase JSON without its ordering key, which is an attribute of the message."""
    return OutgoingMessage(
        topic=event.topic,
        ordering_key=event.ordering_key,
        attributes={
            "eventId": event_id,
            "eventType": event.type,
            "source": SOURCE,
            "version": VERSION,
            "correlationId": correlation_id,
            "causationId": causation_id,
        },
        data=_payload(event),
    )


def _payload(event: Event) -> bytes:
    return msgspec.json.encode({wire: getattr(event, name) for name, wire in _names(type(event))})


@cache
def _names(kind: type[Event]) -> tuple[tuple[str, str], ...]:
    """Pair the payload's fields with their names on the wire."""
    every = zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True)
    return tuple(each for each in every if each[0] != "ordering_key")
