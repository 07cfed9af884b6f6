"""What may be done with a case, and what becomes of it: pure, without a clock or a store."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from shared.consumer.function_answer import FunctionAnswer
from shared.consumer.idempotency import CLAIM_RETENTION
from shared.failed_messages.errors import InProgress, NotOpen, ReasonMissing, Unprotected
from shared.failed_messages.model import Attempt, Case, CaseStatus, Entry, reopened

LEASE = timedelta(minutes=2)
"""How long a replay may be under way: twice the longest request. After that whoever replays takes over,
which is safe because processing is idempotent."""

MAX_REASON = 1000
"""Characters of a reason."""


def check_replayable(case: Case, now: datetime) -> None:
    """Raise NotOpen, InProgress or Unprotected where the case may not be replayed now."""
    _check_open(case, now)
    if now - case.publish_time >= CLAIM_RETENTION:
        raise Unprotected(f"publishTime: older than {CLAIM_RETENTION.days} days, its claim may be forgotten")


def begin(case: Case, attempt: Attempt) -> Case:
    """Mark a case as being replayed; raise NotAllowed where that is not possible.

    A replay whose lease has run out is taken over, and with it the edit it was to send.
    """
    check_replayable(case, attempt.at)
    left = case.attempt.edit if case.attempt else None
    kept = attempt if attempt.edit else replace(attempt, edit=left)
    took_over = case.status is CaseStatus.REPLAYING
    detail = "taken over: the replay before gave no sign of life" if took_over else ""
    entry = Entry(at=attempt.at, by=attempt.by, action="replaying", detail=detail)
    return replace(case, status=CaseStatus.REPLAYING, attempt=kept, replays=case.replays + 1).noted(entry)


def finish(case: Case, answer: FunctionAnswer, now: datetime) -> Case:
    """Resolve a case by the function's answer, or open it again with the new cause."""
    by = case.attempt.by if case.attempt else ""
    if answer.acknowledged:
        entry = Entry(at=now, by=by, action="resolved", detail=answer.outcome)
        return replace(
            case,
            status=CaseStatus.RESOLVED,
            outcome=answer.outcome,
            closed_at=now,
            attempt=None,
            retry_at=None,
        ).noted(entry)
    told = f"{answer.failure_reason.slug}: {answer.failure_reason.detail}".removesuffix(": ")
    return reopened(case, answer.failure_reason, now).noted(
        Entry(at=now, by=by, action="failed_again", detail=told)
    )


def discard(case: Case, *, by: str, reason: str, now: datetime) -> Case:
    """Close a case whose message is not needed; raise ReasonMissing, NotOpen or InProgress."""
    if not reason.strip():
        raise ReasonMissing("reason: must say why the message is not needed")
    _check_open(case, now)
    return replace(case, status=CaseStatus.DISCARDED, closed_at=now, attempt=None, retry_at=None).noted(
        Entry(at=now, by=by, action="discarded", detail=reason.strip()[:MAX_REASON])
    )


def interrupted(case: Case, now: datetime) -> bool:
    """Say whether a replay is under way whose lease has run out."""
    replaying = case.status is CaseStatus.REPLAYING and case.attempt is not None
    return replaying and case.attempt is not None and now - case.attempt.at >= LEASE


def _check_open(case: Case, now: datetime) -> None:
    if case.status is CaseStatus.REPLAYING and not interrupted(case, now):
        raise InProgress("status: a replay of this message is under way")
    if case.status in (CaseStatus.RESOLVED, CaseStatus.DISCARDED):
        raise NotOpen(f"status: is {case.status}")
