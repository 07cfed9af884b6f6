"""What becomes of a run with each message: pure."""

from collections import Counter
from datetime import datetime

from msgspec.structs import replace

from shared.failed_messages.bulk_operation import Run, RunStatus, Stop
from shared.failed_messages.errors import NotAllowed, NotOpen, RunEnded
from shared.failed_messages.model import Case, CaseStatus


def taken(run: Run, advancer: str, now: datetime) -> Run:
    """Let a request advance the run; return it as it is where there is nothing to do or somebody does it."""
    if not run.running or (run.advancer is not None and not run.interrupted(now)):
        return run
    return replace(run, advancer=advancer, heartbeat_at=now)


def released(run: Run, advancer: str, now: datetime) -> Run:
    """Let another request advance the run."""
    return replace(run, advancer=None, heartbeat_at=now) if run.advancer == advancer else run


def counted(run: Run, case: Case, now: datetime) -> Run:
    """Count a message that was dealt with; stop where its replay failed."""
    if case.status is CaseStatus.OPEN:
        return _stopped(
            run, Stop(case=case.id, reason=case.failure_reason.slug, detail=case.failure_reason.detail), now
        )
    outcomes = Counter(run.outcomes)
    outcomes[case.outcome or case.status.lower()] += 1
    return replace(run, done=run.done + 1, outcomes=dict(outcomes), heartbeat_at=now)


def refused(run: Run, case_id: str, refusal: NotAllowed, now: datetime) -> Run:
    """Pass over a message that is closed by now; stop at one that may not be touched.

    What comes after it of the same customer must not overtake it.
    """
    if isinstance(refusal, NotOpen):
        return replace(run, skipped=run.skipped + 1, heartbeat_at=now)
    return _stopped(run, Stop(case=case_id, reason=refusal.slug, detail=str(refusal)), now)


def finished(run: Run, now: datetime) -> Run:
    """End a run that has nothing left to do."""
    return _ended(run, RunStatus.DONE, now) if run.running else run


def cancelled(run: Run, by: str, now: datetime) -> Run:
    """End a run that somebody does not want any more; raise RunEnded where it is over."""
    if not run.running:
        raise RunEnded(f"status: is {run.status}")
    return replace(_ended(run, RunStatus.CANCELLED, now), cancelled_by=by)


def _stopped(run: Run, stop: Stop, now: datetime) -> Run:
    return replace(_ended(run, RunStatus.STOPPED, now), stop=stop)


def _ended(run: Run, status: RunStatus, now: datetime) -> Run:
    # A cancelled run stays cancelled, whatever came of the message that was under way.
    kept = status if run.running else run.status
    return replace(run, status=kept, ended_at=now, heartbeat_at=now)
