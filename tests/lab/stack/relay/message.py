"""Messages in the relay, independent of any client library."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

NO_ACK_ID = ""
"""Of a message that the relay delivers again: the emulator has its acknowledgement already."""


@dataclass(frozen=True)
class Message:
    """A published message; `publish_time` is in UTC, with its time zone."""

    data: bytes
    attributes: Mapping[str, str]
    message_id: str
    publish_time: datetime
    ordering_key: str = ""


@dataclass(frozen=True)
class Received:
    """A message with the ack id of this delivery."""

    ack_id: str
    message: Message
