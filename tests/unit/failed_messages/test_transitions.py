"""What may be done with a case depends on where it stands, and leads where it should."""

from datetime import timedelta

import pytest

from shared.consumer.function_answer import FunctionAnswer
from shared.consumer.idempotency import CLAIM_RETENTION
from shared.contracts.dead_letter import FailureReason
from shared.failed_messages.errors import InProgress, NotOpen, ReasonMissing, Unprotected
from shared.failed_messages.model import HISTORY_LIMIT, AuditEntry, MessageStatus, ReplayAttempt
from shared.failed_messages.transitions import (
    LEASE,
    begin_replay,
    check_replayable,
    discard,
    finish_replay,
    replay_interrupted,
)
from tests.unit.failed_messages.failed_messages import NOW, REASON, failed_message

ATTEMPT = ReplayAttempt(token="t1", by="ann@x", at=NOW)
NOTHING = FailureReason(error_type="", slug="")
CLOSED = [MessageStatus.RESOLVED, MessageStatus.DISCARDED]


def replaying(**fields: object) -> ReplayAttempt:
    """Return a later attempt."""
    return ReplayAttempt(**{"token": "t2", "by": "bob@x", "at": NOW, **fields})  # type: ignore[arg-type]  # by name


def test_an_open_case_is_replayed_by_one() -> None:
    """The first attempt is written down; until its lease ends a second is refused."""
    begun = begin_replay(failed_message(), ATTEMPT)

    assert (begun.status, begun.attempt, begun.replays) == (MessageStatus.REPLAYING, ATTEMPT, 1)
    with pytest.raises(InProgress):
        begin_replay(begun, replaying(at=NOW + LEASE - timedelta(seconds=1)))


def test_an_attempt_is_taken_over_after_its_lease() -> None:
    """After the lease the case is another's, with the edit that was under way, and says so."""
    begun = begin_replay(failed_message(), ReplayAttempt(token="t1", by="ann@x", at=NOW, edit="e1"))

    assert not replay_interrupted(begun, NOW)
    taken = begin_replay(begun, replaying(at=NOW + LEASE))

    assert replay_interrupted(begun, NOW + LEASE)
    assert taken.attempt == replaying(at=NOW + LEASE, edit="e1")
    assert "taken over" in taken.history[-1].detail


@pytest.mark.parametrize("status", CLOSED)
def test_a_closed_case_stays_closed(status: MessageStatus) -> None:
    """Neither replay nor discard opens what was resolved or discarded."""
    with pytest.raises(NotOpen, match=f"Already {status.lower()}"):
        begin_replay(failed_message(status=status), ATTEMPT)
    with pytest.raises(NotOpen, match=f"Already {status.lower()}"):
        discard(failed_message(status=status), by="ann@x", reason="why", now=NOW)


def test_nothing_is_replayed_that_its_claim_no_longer_protects() -> None:
    """Up to the claim's retention a message may be replayed, from then on not."""
    check_replayable(failed_message(), NOW + CLAIM_RETENTION - timedelta(seconds=1))

    with pytest.raises(Unprotected):
        check_replayable(failed_message(), NOW + CLAIM_RETENTION)


@pytest.mark.parametrize("outcome", ["processed", "duplicate", "stale", "ignored"])
def test_an_acknowledged_replay_resolves(outcome: str) -> None:
    """Whatever ends well closes the case, by that outcome, and ends its retries."""
    done = finish_replay(
        begin_replay(failed_message(next_replay_at=NOW), ATTEMPT),
        FunctionAnswer(outcome=outcome, failure_reason=NOTHING),
        NOW,
    )

    assert (done.status, done.outcome, done.closed_at) == (MessageStatus.RESOLVED, outcome, NOW)
    assert (done.attempt, done.next_replay_at) == (None, None)
    assert (done.history[-1].action, done.history[-1].by) == ("resolved", "ann@x")


@pytest.mark.parametrize("outcome", ["rejected", "deferred", "error", "anything"])
def test_any_other_answer_opens_the_case_again(outcome: str) -> None:
    """A rejected message is open again although its function may have acknowledged it."""
    failed = finish_replay(
        begin_replay(failed_message(), ATTEMPT), FunctionAnswer(outcome=outcome, failure_reason=REASON), NOW
    )

    assert (failed.status, failed.failure_reason, failed.attempt) == (MessageStatus.OPEN, REASON, None)
    assert failed.history[-1].detail == f"{REASON.slug}: {REASON.detail}"


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_discarding_needs_a_reason(reason: str) -> None:
    """A reason that says nothing is none."""
    with pytest.raises(ReasonMissing):
        discard(failed_message(), by="ann@x", reason=reason, now=NOW)


def test_discarding_is_written_down() -> None:
    """Who discarded a message, when and why is in its history."""
    closed = discard(failed_message(), by="ann@x", reason=" a test ", now=NOW)

    assert closed.status is MessageStatus.DISCARDED
    assert closed.history[-1] == AuditEntry(at=NOW, by="ann@x", action="discarded", detail="a test")


def test_a_history_keeps_its_newest_entries() -> None:
    """A case that is replayed without end still fits its document."""
    worn = failed_message()
    for number in range(HISTORY_LIMIT + 10):
        worn = worn.with_entry(AuditEntry(at=NOW, by="x", action="failed", detail=str(number)))

    assert len(worn.history) == HISTORY_LIMIT
    assert worn.history[-1].detail == str(HISTORY_LIMIT + 9)
