"""The push request: a Pub/Sub message wrapped in JSON, or the same inside a CloudEvent.

{"message": {"data": base64, "attributes": {}, "messageId", "publishTime", "orderingKey"},
 "subscription": "projects/P/subscriptions/S", "deliveryAttempt": 1}
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jiter
from pydantic import TypeAdapter, ValidationError

from shared.contracts.field_types import UtcMoment
from shared.errors import NotAPush

MAX_ATTEMPT = 1_000_000
"""Far beyond what Pub/Sub counts to: a hundred at most."""

_PUBLISH_TIME = TypeAdapter(UtcMoment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One delivery of one message; `subscription` is the short name, `data` the decoded payload."""

    project: str
    """Whose subscription it is; empty where the push does not say."""
    subscription: str
    message_id: str
    publish_time: datetime
    attributes: Mapping[str, str]
    ordering_key: str = field(repr=False)
    data: bytes = field(repr=False)
    delivery_attempt: int

    @property
    def correlation_id(self) -> str:
        """Say what the producer calls the conversation, or name it after its first message."""
        return self.attributes.get("correlationId") or self.message_id


def parse_push(body: bytes) -> Envelope:
    """Read a push request's body.

    Raises NotAPush where it is anything else; nothing of the body is in the error.
    """
    try:
        return _envelope(_unwrap(jiter.from_json(body, cache_mode="keys")))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, binascii.Error, ValidationError):
        raise NotAPush("body: must be a Pub/Sub push request") from None


def _unwrap(body: Any) -> Any:
    """Take the push out of a structured CloudEvent, where it is in one."""
    return body["data"] if "specversion" in body else body


def _envelope(body: Any) -> Envelope:
    message = body["message"]
    project, subscription = _names(_text(body["subscription"]))
    return Envelope(
        project=project,
        subscription=subscription,
        message_id=_text(message.get("messageId") or message["message_id"]),
        publish_time=_PUBLISH_TIME.validate_python(message.get("publishTime") or message["publish_time"]),
        attributes=_attributes(message.get("attributes") or {}),
        ordering_key=_text(message.get("orderingKey") or ""),
        data=base64.b64decode(message.get("data") or "", validate=True),
        delivery_attempt=_attempt(body.get("deliveryAttempt") or 1),
    )


def _names(resource: str) -> tuple[str, str]:
    """Split `projects/P/subscriptions/S` into P and S; of any other name all is S, which is nobody's."""
    match resource.split("/"):
        case ["projects", project, "subscriptions", subscription]:
            return project, subscription
        case _:
            return "", resource


def _attempt(value: Any) -> int:
    attempt = int(value)
    if not 0 < attempt <= MAX_ATTEMPT:
        raise ValueError
    return attempt


def _attributes(attributes: Any) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in attributes.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
