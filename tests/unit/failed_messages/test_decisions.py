"""What may be done with a case depends on where it stands, and leads where it should."""

from datetime import timedelta

import pytest

from shared.consumer.function_answer import FunctionAnswer
from shared.consumer.idempotency import CLAIM_RETENTION
from shared.contracts.dead_letter import FailureReason
from shared.failed_messages.decisions import LEASE, begin, check_replayable, discard, finish, interrupted
from shared.failed_messages.errors import InProgress, NotOpen, ReasonMissing, Unprotected
from shared.failed_messages.model import HISTORY_LIMIT, Attempt, CaseStatus, Entry
from tests.unit.failed_messages.failed_messages import CAUSE, NOW, case

ATTEMPT = Attempt(token="t1", by="ann@x", at=NOW)
NOTHING = FailureReason(error_type="", slug="")
CLOSED = [CaseStatus.RESOLVED, CaseStatus.DISCARDED]


def replaying(**fields: object) -> Attempt:
    """Return a later attempt."""
    return Attempt(**{"token": "t2", "by": "bob@x", "at": NOW, **fields})  # type: ignore[arg-type]  # by name


def test_an_open_case_is_replayed_by_one() -> None:
    """The first attempt is written down; until its lease ends a second is refused."""
    begun = begin(case(), ATTEMPT)

    assert (begun.status, begun.attempt, begun.replays) == (CaseStatus.REPLAYING, ATTEMPT, 1)
    with pytest.raises(InProgress):
        begin(begun, replaying(at=NOW + LEASE - timedelta(seconds=1)))


def test_an_attempt_is_taken_over_after_its_lease() -> None:
    """After the lease the case is another's, with the edit that was under way, and says so."""
    begun = begin(case(), Attempt(token="t1", by="ann@x", at=NOW, edit="e1"))

    assert not interrupted(begun, NOW)
    taken = begin(begun, replaying(at=NOW + LEASE))

    assert interrupted(begun, NOW + LEASE)
    assert taken.attempt == replaying(at=NOW + LEASE, edit="e1")
    assert "taken over" in taken.history[-1].detail


@pytest.mark.parametrize("status", CLOSED)
def test_a_closed_case_stays_closed(status: CaseStatus) -> None:
    """Neither replay nor discard opens what was resolved or discarded."""
    with pytest.raises(NotOpen, match=status):
        begin(case(status=status), ATTEMPT)
    with pytest.raises(NotOpen, match=status):
        discard(case(status=status), by="ann@x", reason="why", now=NOW)


def test_nothing_is_replayed_that_its_claim_no_longer_protects() -> None:
    """Up to the claim's retention a message may be replayed, from then on not."""
    check_replayable(case(), NOW + CLAIM_RETENTION - timedelta(seconds=1))

    with pytest.raises(Unprotected):
        check_replayable(case(), NOW + CLAIM_RETENTION)


@pytest.mark.parametrize("outcome", ["processed", "duplicate", "stale", "ignored"])
def test_an_acknowledged_replay_resolves(outcome: str) -> None:
    """Whatever ends well closes the case, by that outcome, and ends its retries."""
    done = finish(
        begin(case(retry_at=NOW), ATTEMPT), FunctionAnswer(outcome=outcome, failure_reason=NOTHING), NOW
    )

    assert (done.status, done.outcome, done.closed_at) == (CaseStatus.RESOLVED, outcome, NOW)
    assert (done.attempt, done.retry_at) == (None, None)
    assert (done.history[-1].action, done.history[-1].by) == ("resolved", "ann@x")


@pytest.mark.parametrize("outcome", ["rejected", "deferred", "error", "anything"])
def test_any_other_answer_opens_the_case_again(outcome: str) -> None:
    """A rejected message is open again although its function may have acknowledged it."""
    failed = finish(begin(case(), ATTEMPT), FunctionAnswer(outcome=outcome, failure_reason=CAUSE), NOW)

    assert (failed.status, failed.failure_reason, failed.attempt) == (CaseStatus.OPEN, CAUSE, None)
    assert failed.history[-1].detail == f"{CAUSE.slug}: {CAUSE.detail}"


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_discarding_needs_a_reason(reason: str) -> None:
    """A reason that says nothing is none."""
    with pytest.raises(ReasonMissing):
        discard(case(), by="ann@x", reason=reason, now=NOW)


def test_discarding_is_written_down() -> None:
    """Who discarded a message, when and why is in its history."""
    closed = discard(case(), by="ann@x", reason=" a test ", now=NOW)

    assert closed.status is CaseStatus.DISCARDED
    assert closed.history[-1] == Entry(at=NOW, by="ann@x", action="discarded", detail="a test")


def test_a_history_keeps_its_newest_entries() -> None:
    """A case that is replayed without end still fits its document."""
    worn = case()
    for number in range(HISTORY_LIMIT + 10):
        worn = worn.noted(Entry(at=NOW, by="x", action="failed", detail=str(number)))

    assert len(worn.history) == HISTORY_LIMIT
    assert worn.history[-1].detail == str(HISTORY_LIMIT + 9)
