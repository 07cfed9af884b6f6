"""The outgoing event that each kind of message leads to."""

from typing import Any

from tests.lab.chaos.evidence import Event
from tests.lab.chaos.orders import Message

EVENTS = {
    "create": ("order.created", "orderId"),
    "conflict": ("order.created", "orderId"),  # creates the order if the valid message was dead-lettered
    "authorise": ("payment.authorized", "authorizationId"),
    "capture": ("payment.captured", "captureId"),
    "refund": ("payment.refunded", "refundId"),
    "release": ("order.released", "orderId"),
    "short": ("order.shorted", "orderId"),
    "substitute": ("order.substituted", "orderId"),
    "cancel": ("order.cancelled", "orderId"),
}
"""The outgoing event of each kind of message, and the id that both contain."""

EVENT_TYPES = {event for event, _ in EVENTS.values()}
_ID_FIELDS = dict(EVENTS.values())


def event_of(message: Message) -> tuple[str, Any] | None:
    """Return the type and the business id of the event that a message leads to; None where it has none."""
    event, name = EVENTS.get(message.kind, (None, ""))
    return (event, message.data[name]) if event else None


def business_id(event: Event) -> Any:
    """Return the id of what an event is about."""
    return event.payload.get(_ID_FIELDS.get(event.type, "orderId"))
