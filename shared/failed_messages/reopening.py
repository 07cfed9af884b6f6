"""A failed message opens: with its latest failure reason, its wait and its automatic replay."""

from datetime import datetime

from msgspec.structs import replace

from shared.contracts.dead_letter import FailureReason
from shared.errors import ErrorType
from shared.failed_messages.model import FailedMessage, MessageStatus

OUTAGE_TYPES = (ErrorType.TRANSIENT, ErrorType.NOT_RECORDED)
"""Error types that concern the service and not the message."""

AUTOMATIC_TYPES = (ErrorType.DEFERRED, *OUTAGE_TYPES)
"""Error types that may pass without a person."""


def reopen(message: FailedMessage, failure_reason: FailureReason, at: datetime) -> FailedMessage:
    """Open a message with its latest failure reason; automatic replay ends where a person is needed."""
    opened = replace(
        message,
        status=MessageStatus.OPEN,
        failure_reason=failure_reason,
        stored_group_id=None,
        last_failed_at=at,
        reason_at=at,
        attempt=None,
        outcome=None,
        closed_at=None,
        next_replay_at=message.next_replay_at if failure_reason.error_type in AUTOMATIC_TYPES else None,
    )
    return begin_wait(opened, at)


def with_automatic_replay(message: FailedMessage, at: datetime) -> FailedMessage:
    """Make an automatic replay due where the failure may pass without a person, unless one follows already.

    It is due from the publish time on, so that messages keep their order.
    """
    if message.next_replay_at or message.failure_reason.error_type not in AUTOMATIC_TYPES:
        return message
    return replace(message, next_replay_at=min(message.publish_time, at))


def begin_wait(message: FailedMessage, at: datetime) -> FailedMessage:
    """Note when a message was first deferred: tries during an outage before that do not count."""
    if message.deferred_at or message.failure_reason.error_type != ErrorType.DEFERRED:
        return message
    return replace(message, deferred_at=at, automatic_replays=0)
