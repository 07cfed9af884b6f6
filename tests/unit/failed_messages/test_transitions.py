"""Which action a failed message allows in each state, and the state it leads to."""

from datetime import timedelta

import pytest

from shared.consumer.function_answer import FunctionAnswer
from shared.consumer.idempotency import CLAIM_RETENTION
from shared.contracts.dead_letter import FailureReason
from shared.failed_messages.errors import InProgress, NotDiscarded, NotOpen, ReasonMissing, Unprotected
from shared.failed_messages.model import (
    MAX_HISTORY_ENTRIES,
    AuditEntry,
    MessageStatus,
    ReplayAttempt,
)
from shared.failed_messages.transitions import (
    REPLAY_LEASE,
    begin_replay,
    check_replayable,
    discard,
    finish_replay,
    is_replay_interrupted,
    reopen_discarded,
    require_reason,
)
from tests.unit.failed_messages.failed_messages import NOW, REASON, failed_message

HOUR = timedelta(hours=1)
ATTEMPT = ReplayAttempt(token="t1", by="ann@x", at=NOW)
NOTHING = FailureReason(error_type="", slug="")
TRANSIENT = FailureReason(error_type="transient", slug="store.unavailable")
CLOSED = [MessageStatus.RESOLVED, MessageStatus.DISCARDED]


def replaying(**fields: object) -> ReplayAttempt:
    """Return a later attempt."""
    return ReplayAttempt(**{"token": "t2", "by": "bob@x", "at": NOW, **fields})  # type: ignore[arg-type]  # by name


def test_an_open_message_is_replayed_once_at_a_time() -> None:
    """The first attempt is recorded; a second one is refused until its lease expires."""
    begun = begin_replay(failed_message(), ATTEMPT)

    assert (begun.status, begun.attempt, begun.replays) == (MessageStatus.REPLAYING, ATTEMPT, 1)
    with pytest.raises(InProgress):
        begin_replay(begun, replaying(at=NOW + REPLAY_LEASE - timedelta(seconds=1)))


def test_an_attempt_is_taken_over_after_its_lease() -> None:
    """After the lease another replay takes over, with the same edit, and the history says so."""
    begun = begin_replay(failed_message(), ReplayAttempt(token="t1", by="ann@x", at=NOW, edit="e1"))

    assert not is_replay_interrupted(begun, NOW)
    taken = begin_replay(begun, replaying(at=NOW + REPLAY_LEASE))

    assert is_replay_interrupted(begun, NOW + REPLAY_LEASE)
    assert taken.attempt == replaying(at=NOW + REPLAY_LEASE, edit="e1")
    assert "taken over" in taken.history[-1].detail


@pytest.mark.parametrize("status", CLOSED)
def test_a_closed_message_stays_closed(status: MessageStatus) -> None:
    """Neither replay nor discard opens what was resolved or discarded."""
    with pytest.raises(NotOpen, match=f"Already {status.lower()}"):
        begin_replay(failed_message(status=status), ATTEMPT)
    with pytest.raises(NotOpen, match=f"Already {status.lower()}"):
        discard(failed_message(status=status), by="ann@x", reason="why", now=NOW)


def test_a_message_that_its_claim_no_longer_protects_is_not_replayed() -> None:
    """A message may be replayed until its claim may have expired."""
    check_replayable(failed_message(), NOW + CLAIM_RETENTION - timedelta(seconds=1))

    with pytest.raises(Unprotected):
        check_replayable(failed_message(), NOW + CLAIM_RETENTION)


@pytest.mark.parametrize("outcome", ["processed", "duplicate", "stale", "ignored"])
def test_an_acknowledged_replay_resolves(outcome: str) -> None:
    """Every outcome of an acknowledged delivery closes the message and ends its automatic replays."""
    done = finish_replay(
        begin_replay(failed_message(next_replay_at=NOW), ATTEMPT),
        FunctionAnswer(outcome=outcome, failure_reason=NOTHING),
        NOW,
    )

    assert (done.status, done.outcome, done.closed_at) == (MessageStatus.RESOLVED, outcome, NOW)
    assert (done.attempt, done.next_replay_at, done.notice_due) == (None, None, True)
    assert (done.history[-1].action, done.history[-1].by) == ("resolved", "ann@x")


@pytest.mark.parametrize("outcome", ["rejected", "deferred", "error", "anything"])
def test_any_other_answer_opens_the_message_again(outcome: str) -> None:
    """A rejected message is open again although its function may have acknowledged it."""
    failed = finish_replay(
        begin_replay(failed_message(), ATTEMPT), FunctionAnswer(outcome=outcome, failure_reason=REASON), NOW
    )

    assert (failed.status, failed.failure_reason, failed.attempt) == (MessageStatus.OPEN, REASON, None)
    assert failed.history[-1].detail == f"{REASON.slug}: {REASON.detail}"


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_discarding_needs_a_reason(reason: str) -> None:
    """A reason of white space is refused."""
    with pytest.raises(ReasonMissing):
        discard(failed_message(), by="ann@x", reason=reason, now=NOW)


def test_discarding_is_recorded() -> None:
    """The history has who discarded the message, when and why."""
    closed = discard(failed_message(), by="ann@x", reason=" a test ", now=NOW)

    assert (closed.status, closed.notice_due) == (MessageStatus.DISCARDED, True)
    assert closed.history[-1] == AuditEntry(at=NOW, by="ann@x", action="discarded", detail="a test")


def test_a_history_keeps_its_newest_entries() -> None:
    """A message that is replayed again and again still fits its document."""
    worn = failed_message()
    for number in range(MAX_HISTORY_ENTRIES + 10):
        worn = worn.with_entry(AuditEntry(at=NOW, by="x", action="failed", detail=str(number)))

    assert len(worn.history) == MAX_HISTORY_ENTRIES
    assert worn.history[-1].detail == str(MAX_HISTORY_ENTRIES + 9)


def test_a_discarded_message_is_reopened_with_a_reason() -> None:
    """A person may change a decision; only what was discarded can be reopened."""
    discarded = discard(failed_message(), by="ann@x", reason="sent twice", now=NOW, operation="o1")
    opened = reopen_discarded(discarded, by="bob@x", reason=" needed ", now=NOW)

    assert (opened.status, opened.closed_at) == (MessageStatus.OPEN, None)
    assert [(each.action, each.detail, each.operation) for each in opened.history] == [
        ("discarded", "sent twice", "o1"),
        ("reopened", "needed", ""),
    ]
    with pytest.raises(ReasonMissing):
        reopen_discarded(discarded, by="bob@x", reason="  ", now=NOW)
    with pytest.raises(NotDiscarded):
        reopen_discarded(opened, by="bob@x", reason="again", now=NOW)


@pytest.mark.parametrize(("topic", "critical"), [("ship-events", True), ("order-update", False)])
def test_a_fact_that_is_refused_at_its_replay_is_critical(topic: str, *, critical: bool) -> None:
    """It came too early, which was not critical; now the goods have left and no message can make it right."""
    begun = begin_replay(failed_message(topic=topic, critical=False), ATTEMPT)
    refused = FunctionAnswer(outcome="rejected", failure_reason=REASON)

    assert finish_replay(begun, refused, NOW).critical is critical


def test_the_history_names_the_edit_and_the_operation_of_a_replay() -> None:
    """Beginning and end of a replay say which edit was sent and which bulk operation sent it."""
    attempt = ReplayAttempt(token="t1", by="ann@x", at=NOW, edit="e1", operation="o1")
    failed = FunctionAnswer(outcome="rejected", failure_reason=REASON)
    ended = finish_replay(begin_replay(failed_message(), attempt), failed, NOW)

    assert [(each.action, each.edit, each.operation) for each in ended.history] == [
        ("replaying", "e1", "o1"),
        ("failed_again", "e1", "o1"),
    ]


@pytest.mark.parametrize("reason", ["", " \n", "\x00", "\u200b", "\u202e\u200d"])
def test_a_reason_can_be_seen(reason: str) -> None:
    """White space, control and format characters alone are no reason."""
    with pytest.raises(ReasonMissing):
        require_reason(reason)
    assert "ab" in require_reason(f"{reason}ab")
