"""The state changes of a failed message: pure functions without clock or store."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from shared.consumer.function_answer import FunctionAnswer
from shared.consumer.idempotency import CLAIM_RETENTION
from shared.failed_messages.dead_letter import StoredDeadLetter, is_refused_fact
from shared.failed_messages.errors import InProgress, NotDiscarded, NotOpen, ReasonMissing, Unprotected
from shared.failed_messages.model import (
    SHOWN_ATTRIBUTES,
    SYSTEM,
    AuditEntry,
    FailedMessage,
    MessageStatus,
    ReplayAttempt,
)
from shared.failed_messages.reopening import begin_wait, reopen, with_automatic_replay

REPLAY_LEASE = timedelta(minutes=2)
"""How long a replay may take: twice the longest request. After that another replay may take over,
which is safe because processing is idempotent."""

MAX_REASON_LENGTH = 1000
"""Characters of a discard reason."""

MAX_DEAD_LETTER_IDS = 20
"""Dead letter ids that are kept to recognise a redelivery."""

FAILURE_ACTIONS = ("failed", "dead_lettered_again", "failed_again")
"""Entries of the history that are failures."""


def open_failed_message(stored: StoredDeadLetter) -> FailedMessage:
    """Create the record of a message that failed for the first time."""
    dead_letter, at = stored.dead_letter, stored.received_at
    shown = {
        name: dead_letter.attributes[name] for name in SHOWN_ATTRIBUTES if name in dead_letter.attributes
    }
    message = FailedMessage(
        id=stored.fingerprint,
        topic=dead_letter.topic,
        subscription=dead_letter.subscription,
        publish_time=dead_letter.publish_time,
        attributes=shown,
        payload_bytes=len(dead_letter.data),
        order_id=stored.order_id,
        amount=stored.amount,
        currency=stored.currency,
        search_keys=stored.search_keys,
        critical=stored.critical,
        delivery_attempts=stored.attempts,
        received_at=at,
        failure_reason=stored.failure_reason,
        last_failed_at=at,
        reason_at=stored.dead_lettered_at,
        dead_letter_ids=(stored.dead_letter_id,),
        edited_from=dead_letter.attributes.get("editedFrom"),
        message_id=stored.message_id,
        history=(AuditEntry(at=at, by=SYSTEM, action="failed", detail=stored.failure_reason.slug),),
    )
    return with_automatic_replay(begin_wait(message, at), at)


def count_dead_letter(message: FailedMessage, stored: StoredDeadLetter) -> FailedMessage:
    """Count another dead letter of a stored message; a redelivery of a known one changes nothing.

    Only the latest failure gives the message its reason. A discarded message stays discarded, and a replay in
    progress ends by its own answer.
    """
    if stored.dead_letter_id in message.dead_letter_ids:
        return message
    entry = AuditEntry(
        at=stored.received_at, by=SYSTEM, action="dead_lettered_again", detail=stored.failure_reason.slug
    )
    counted = replace(
        message,
        dead_letter_count=message.dead_letter_count + 1,
        dead_letter_ids=(*message.dead_letter_ids, stored.dead_letter_id)[-MAX_DEAD_LETTER_IDS:],
        critical=message.critical or stored.critical,
    ).with_entry(entry)
    if message.status is MessageStatus.REPLAYING or not is_latest_failure(message, stored):
        return counted
    reopened = reopen(counted, stored.failure_reason, stored.received_at)
    return with_automatic_replay(replace(reopened, reason_at=stored.dead_lettered_at), stored.received_at)


def is_latest_failure(message: FailedMessage, stored: StoredDeadLetter) -> bool:
    """Return whether a dead letter is the latest failure of a stored message that a person did not discard.

    Pub/Sub may deliver an old dead letter late, under a new id: after the message failed for another reason,
    or after it was resolved.
    """
    if message.status is MessageStatus.DISCARDED:
        return False
    known = message.closed_at or message.reason_at or message.last_failed_at
    return stored.dead_lettered_at >= known


def check_replayable(message: FailedMessage, now: datetime) -> None:
    """Raise NotOpen, InProgress or Unprotected where the message may not be replayed now."""
    _check_open(message, now)
    if now - message.publish_time >= CLAIM_RETENTION:
        raise Unprotected(f"Older than {CLAIM_RETENTION.days} days: a replay could apply it twice")


def begin_replay(message: FailedMessage, attempt: ReplayAttempt) -> FailedMessage:
    """Mark a message as being replayed; raise NotAllowed where that is not possible.

    A replay with an expired lease is taken over, and its edit is sent again.
    """
    check_replayable(message, attempt.at)
    unfinished_edit = message.attempt.edit if message.attempt else None
    own = attempt if attempt.edit else replace(attempt, edit=unfinished_edit)
    took_over = message.status is MessageStatus.REPLAYING
    detail = "taken over: the replay before did not finish" if took_over else ""
    entry = AuditEntry(
        at=attempt.at,
        by=attempt.by,
        action="replaying",
        detail=detail,
        edit=own.edit or "",
        operation=attempt.operation,
    )
    return replace(
        message, status=MessageStatus.REPLAYING, attempt=own, replays=message.replays + 1
    ).with_entry(entry)


def finish_replay(message: FailedMessage, answer: FunctionAnswer, now: datetime) -> FailedMessage:
    """Resolve a message by the function's answer, or open it again with the new failure reason.

    Automatic replay does not follow an edit that failed, because it would send the original data: one that
    was due before ends, too.
    """
    if answer.acknowledged:
        resolved = replace(message, status=MessageStatus.RESOLVED, outcome=answer.outcome)
        return _close(resolved, _end_entry(message, now, "resolved", answer.outcome))
    detail = f"{answer.failure_reason.slug}: {answer.failure_reason.detail}".removesuffix(": ")
    entry = _end_entry(message, now, "failed_again", detail)
    critical = message.critical or is_refused_fact(message.topic, answer.failure_reason)
    opened = replace(reopen(message, answer.failure_reason, now), critical=critical).with_entry(entry)
    if message.attempt and message.attempt.edit:
        return replace(opened, next_replay_at=None)
    return with_automatic_replay(opened, now)


def _end_entry(message: FailedMessage, now: datetime, action: str, detail: str) -> AuditEntry:
    """Write the result of the replay in progress."""
    attempt = message.attempt
    if attempt is None:
        return AuditEntry(at=now, by="", action=action, detail=detail)
    return AuditEntry(
        at=now,
        by=attempt.by,
        action=action,
        detail=detail,
        edit=attempt.edit or "",
        operation=attempt.operation,
    )


def discard(
    message: FailedMessage, *, by: str, reason: str, now: datetime, operation: str = ""
) -> FailedMessage:
    """Close a message that is not needed; raise ReasonMissing, NotOpen or InProgress."""
    detail = require_reason(reason)
    _check_open(message, now)
    entry = AuditEntry(at=now, by=by, action="discarded", detail=detail, operation=operation)
    return _close(replace(message, status=MessageStatus.DISCARDED), entry)


def reopen_discarded(message: FailedMessage, *, by: str, reason: str, now: datetime) -> FailedMessage:
    """Open a discarded message again; raise ReasonMissing or NotDiscarded."""
    detail = require_reason(reason)
    if message.status is not MessageStatus.DISCARDED:
        raise NotDiscarded(f"Only a discarded message can be reopened, this one is {message.status.lower()}")
    entry = AuditEntry(at=now, by=by, action="reopened", detail=detail)
    open_again = replace(message, status=MessageStatus.OPEN, closed_at=None).with_entry(entry)
    opened = begin_wait(open_again, now)
    return opened if _is_failure_of_edit(message) else with_automatic_replay(opened, now)


def _is_failure_of_edit(message: FailedMessage) -> bool:
    """Return whether the latest failure is that of an edit: automatic replay would send the original data."""
    failures = [each for each in message.history if each.action in FAILURE_ACTIONS]
    return bool(failures and failures[-1].edit)


def require_reason(reason: str) -> str:
    """Return a reason as it is stored; raise ReasonMissing where it has no visible character."""
    if not any(each.isprintable() and not each.isspace() for each in reason):
        raise ReasonMissing("reason: must not be empty")
    return reason.strip()[:MAX_REASON_LENGTH]


def is_replay_interrupted(message: FailedMessage, now: datetime) -> bool:
    """Return whether the lease of the replay in progress has expired."""
    if message.status is not MessageStatus.REPLAYING or message.attempt is None:
        return False
    return now - message.attempt.at >= REPLAY_LEASE


def _close(message: FailedMessage, entry: AuditEntry) -> FailedMessage:
    closed = replace(
        message, closed_at=entry.at, attempt=None, deferred_at=None, next_replay_at=None, notice_due=True
    )
    return closed.with_entry(entry)


def _check_open(message: FailedMessage, now: datetime) -> None:
    if message.status is MessageStatus.REPLAYING and not is_replay_interrupted(message, now):
        raise InProgress("A replay of this message is in progress")
    if message.status in (MessageStatus.RESOLVED, MessageStatus.DISCARDED):
        raise NotOpen(f"Already {message.status.lower()}")
