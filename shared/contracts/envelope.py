"""The push request: a Pub/Sub message wrapped in JSON, or the same inside a CloudEvent.

{"message": {"data": base64, "attributes": {}, "messageId", "publishTime", "orderingKey"},
 "subscription": "projects/P/subscriptions/S", "deliveryAttempt": 1}

The console adds to a replay of a message that was deferred when that was: "waitingSince".
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jiter
from pydantic import TypeAdapter, ValidationError

from shared.contracts.time_types import UtcMoment
from shared.errors import NotAPush

MAX_ATTEMPT = 1_000_000
"""A larger number is not a delivery attempt: Pub/Sub's policies allow a hundred."""

WAITING_SINCE = "waitingSince"
"""The field of a replay's push that says when its message was first deferred; the contracts' field, too."""

CALM_SEVERITIES = frozenset({"LOW", "MEDIUM"})
"""Severities that can wait; every other one, known or not, counts as HIGH."""

_TIME_ADAPTER = TypeAdapter(UtcMoment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One delivery of one message; `subscription` is the short name, `data` the decoded payload."""

    project: str
    """The project of the subscription; empty where the push does not name it."""
    subscription: str
    message_id: str
    publish_time: datetime
    attributes: Mapping[str, str]
    ordering_key: str = field(repr=False)
    data: bytes = field(repr=False)
    delivery_attempt: int
    waiting_since: datetime | None = None
    """When the message was first deferred; None in what Pub/Sub delivers."""

    @property
    def correlation_id(self) -> str:
        """Return the producer's correlation id, or the message id without one."""
        return self.attributes.get("correlationId") or self.message_id


def parse_push(body: bytes) -> Envelope:
    """Parse a push request's body; raise NotAPush, without any of the body, for another request."""
    try:
        return _envelope(_unwrap(jiter.from_json(body, cache_mode="keys")))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, binascii.Error, ValidationError):
        raise NotAPush("body: must be a Pub/Sub push request") from None


def _unwrap(body: Any) -> Any:
    """Return the push inside a structured CloudEvent, or the body itself."""
    return body["data"] if "specversion" in body else body


def _envelope(body: Any) -> Envelope:
    message = body["message"]
    project, subscription = _split_name(_text(body["subscription"]))
    return Envelope(
        project=project,
        subscription=subscription,
        message_id=_text(message.get("messageId") or message["message_id"]),
        publish_time=_TIME_ADAPTER.validate_python(message.get("publishTime") or message["publish_time"]),
        attributes=_attributes(message.get("attributes") or {}),
        ordering_key=_text(message.get("orderingKey") or ""),
        data=base64.b64decode(message.get("data") or "", validate=True),
        delivery_attempt=_attempt(body.get("deliveryAttempt") or 1),
        waiting_since=_waiting_since(body.get(WAITING_SINCE)),
    )


def _split_name(resource: str) -> tuple[str, str]:
    """Split `projects/P/subscriptions/S` into P and S; any other name is S, without a project."""
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


def _waiting_since(value: Any) -> datetime | None:
    return None if value is None else _TIME_ADAPTER.validate_python(value)


def _attributes(attributes: Any) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in attributes.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def is_severe(attributes: Mapping[str, str]) -> bool:
    """Return whether the producer marked a message for people to look at now."""
    severity = attributes.get("severity")
    return severity is not None and severity.strip().upper() not in CALM_SEVERITIES
