"""`message.failed` on `order-events`: a message could not be processed, or its failed message was closed.

The system that published the message can react to it. The event names fields and rules, never a value.
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from shared.domain.decision import DomainEvent


class FailureStatus(StrEnum):
    """The state of a failed message."""

    FAILED = "FAILED"
    """It was moved to the failed messages; a person or the schedule may replay it."""
    RESOLVED = "RESOLVED"
    """A replay succeeded: nothing is left to do."""
    DISCARDED = "DISCARDED"
    """A person decided that it is not needed: it will not be applied."""


class MessageFailed(DomainEvent):
    """A message could not be processed, or its failed message was closed."""

    topic: ClassVar[str] = "order-events"
    type: ClassVar[str] = "message.failed"
    ordered_by: ClassVar[str] = "failedMessageId"

    failed_message_id: str
    status: FailureStatus
    original_topic: str
    original_subscription: str
    original_message_id: str | None
    """The id that Pub/Sub returned to the producer; None where the function never answered."""
    source: str | None
    version: str | None
    """Attributes of the message, where it has them."""
    order_id: str | None
    error_type: str
    """rejected, deferred, transient, bug, or not_recorded."""
    reason: str
    """A stable slug, such as `contract.invalid`."""
    detail: str
    """Each field with the rule that it breaks."""
    correlation_id: str | None
    occurred_at: datetime
    order_version: int | None = None
    """Always None: the message has not changed an order."""
