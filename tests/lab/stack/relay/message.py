"""A message as the relay carries it, free of any client's types."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Message:
    """A published message; `publish_time` is aware and in UTC."""

    data: bytes
    attributes: Mapping[str, str]
    message_id: str
    publish_time: datetime
    ordering_key: str = ""


@dataclass(frozen=True)
class Received:
    """A message with the id under which this delivery of it is acknowledged."""

    ack_id: str
    message: Message
