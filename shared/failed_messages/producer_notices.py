"""Notices for the systems that publish messages: which failed, were resolved or discarded (`message.failed`).

The function `dlq` publishes a notice before it acknowledges a dead letter. A replay and a discard mark the
message in the commit that closes it. The schedule publishes the notice of a marked message within a minute.
Where it was interrupted, it publishes the notice again with the same `eventId`.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import msgspec
from msgspec.structs import replace

from shared.consumer.ports import Publisher
from shared.contracts.dead_letter import DeadLetter
from shared.contracts.message_failed import FailureStatus, MessageFailed
from shared.contracts.outgoing import OutgoingMessage, outgoing_message
from shared.digest import digest
from shared.errors import PublishUnavailable
from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.failed_messages.errors import NotFound
from shared.failed_messages.model import FailedMessage, MessageStatus
from shared.failed_messages.repository import FailedMessageRepository
from shared.telemetry import log

NOTICES_PER_REQUEST = 500
"""Notices of closed messages that one scheduled request publishes."""

_CLOSED = {
    MessageStatus.RESOLVED: FailureStatus.RESOLVED,
    MessageStatus.DISCARDED: FailureStatus.DISCARDED,
}


def failure_notice(stored: StoredDeadLetter) -> OutgoingMessage:
    """Build the notice of a dead letter; a redelivery of the dead letter has the same one."""
    event = _event(
        stored.fingerprint, stored.dead_letter, stored, FailureStatus.FAILED, stored.dead_lettered_at
    )
    return _notice(event, cause=stored.dead_letter_id)


def closing_notice(message: FailedMessage, status: FailureStatus, closed_at: datetime) -> OutgoingMessage:
    """Build the notice of a message that a person or the schedule closed."""
    return _notice(_event(message.id, message, message, status, closed_at), cause=message.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerNotices:
    """Publishes the notices of closed messages."""

    repository: FailedMessageRepository
    publisher: Publisher

    async def publish_due(self) -> None:
        """Publish what is due; the next request goes on where Pub/Sub is unavailable.

        Raises StoreUnavailable.
        """
        for message in await self.repository.list_notices_due(NOTICES_PER_REQUEST):
            status = _CLOSED.get(message.status)
            try:
                if status and message.closed_at:
                    await self.publisher.publish([closing_notice(message, status, message.closed_at)])
            except PublishUnavailable as error:
                log.write({"severity": "WARNING", "message": "notice not published", "reason": error.slug})
                return
            with suppress(NotFound):  # deleted since it was listed: its customer was erased
                await self.repository.update(message.id, partial(_clear_notice_due, message.closed_at))


def _clear_notice_due(closed_at: datetime | None, message: FailedMessage) -> FailedMessage:
    """Clear the mark, unless the message was closed again meanwhile."""
    return replace(message, notice_due=False) if message.closed_at == closed_at else message


def _event(
    fingerprint: str,
    published: DeadLetter | FailedMessage,
    failed: StoredDeadLetter | FailedMessage,
    status: FailureStatus,
    occurred_at: datetime,
) -> MessageFailed:
    """Build the event from a message as it was published, and from what is stored of its failure."""
    return MessageFailed(
        ordering_key=fingerprint,
        failed_message_id=fingerprint,
        status=status,
        original_topic=published.topic,
        original_subscription=published.subscription,
        original_message_id=failed.message_id,
        source=published.attributes.get("source"),
        version=published.attributes.get("version"),
        order_id=failed.order_id,
        error_type=failed.failure_reason.error_type,
        reason=failed.failure_reason.slug,
        detail=failed.failure_reason.detail,
        correlation_id=published.attributes.get("correlationId"),
        occurred_at=occurred_at,
    )


def _notice(event: MessageFailed, *, cause: str) -> OutgoingMessage:
    return outgoing_message(
        event,
        event_id=digest(event.type, cause, msgspec.json.encode(event)),
        correlation_id=event.correlation_id or event.failed_message_id,
        causation_id=event.original_message_id or cause,
    )
