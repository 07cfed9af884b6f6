"""The wire on the way out: an event becomes a Pub/Sub message."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from pydantic.alias_generators import to_camel
from pydantic_core import to_json

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
        data=to_json(_payload(event)),
    )


def _payload(value: Any) -> dict[str, Any]:
    return {wire: _plain(getattr(value, name)) for name, wire in _names(value.__class__)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return _payload(value) if hasattr(value, "__dataclass_fields__") else value


@cache
def _names(kind: Any) -> tuple[tuple[str, str], ...]:
    return tuple((each.name, to_camel(each.name)) for each in fields(kind) if each.name != "ordering_key")
