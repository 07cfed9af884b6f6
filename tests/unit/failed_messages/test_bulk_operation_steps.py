"""A run counts, stops, is cancelled and taken over as it should."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from shared.failed_messages.bulk_operation import INTERRUPTED_AFTER, Run, RunAction, RunStatus
from shared.failed_messages.bulk_operation_steps import cancelled, counted, finished, refused, released, taken
from shared.failed_messages.decisions import LEASE
from shared.failed_messages.errors import InProgress, NotOpen, RunEnded
from shared.failed_messages.model import CaseStatus
from tests.unit.failed_messages.failed_messages import NOW, case

RUN = Run(
    id="r" * 32,
    action=RunAction.REPLAY,
    group_id="g" * 32,
    total=3,
    rate=5,
    started_at=NOW,
    started_by="ann@x",
    heartbeat_at=NOW,
)
RESOLVED = case(status=CaseStatus.RESOLVED, outcome="processed")


def test_a_run_is_advanced_by_one_request_at_a_time() -> None:
    """Who comes second gets the run as it is; after it was released it is the next one's."""
    first = taken(RUN, "a", NOW)

    assert first.advancer == "a"
    assert taken(first, "b", NOW) is first
    assert released(first, "b", NOW) is first
    assert taken(released(first, "a", NOW), "b", NOW).advancer == "b"


def test_a_run_without_a_sign_of_life_is_taken_over() -> None:
    """An interrupted run is resumed, and not before the replay that died with it can be."""
    first = taken(RUN, "a", NOW)

    assert first.interrupted(NOW + INTERRUPTED_AFTER) is False
    late = NOW + INTERRUPTED_AFTER + timedelta(seconds=1)
    assert first.interrupted(late)
    assert taken(first, "b", late).advancer == "b"
    assert INTERRUPTED_AFTER > LEASE


def test_outcomes_are_counted() -> None:
    """Each message counts once, by what came of it."""
    run = counted(counted(RUN, RESOLVED, NOW), case(status=CaseStatus.DISCARDED), NOW)

    assert (run.done, run.outcomes) == (2, {"processed": 1, "discarded": 1})
    assert run.running


def test_a_message_that_failed_again_stops_the_run() -> None:
    """It names the message and its cause."""
    run = counted(RUN, case(), NOW)

    assert (run.status, run.done, run.ended_at) == (RunStatus.STOPPED, 0, NOW)
    assert run.stop is not None
    assert (run.stop.case, run.stop.reason) == ("a" * 32, "order.totals_mismatch")


def test_what_is_closed_is_passed_over_and_what_is_busy_stops() -> None:
    """Nothing of the same customer may overtake a message that somebody else replays."""
    assert refused(RUN, "x", NotOpen("status"), NOW).skipped == 1
    assert refused(RUN, "x", NotOpen("status"), NOW).running
    assert refused(RUN, "x", InProgress("status"), NOW).status is RunStatus.STOPPED


def test_a_cancelled_run_stays_cancelled() -> None:
    """What was under way is counted, and cannot be cancelled twice."""
    run = cancelled(RUN, "bob@x", NOW)

    assert counted(run, RESOLVED, NOW).done == 1
    for after in (counted(run, RESOLVED, NOW), counted(run, case(), NOW), finished(run, NOW)):
        assert after.status is RunStatus.CANCELLED
    with pytest.raises(RunEnded):
        cancelled(run, "ann@x", NOW)


def test_a_run_with_nothing_left_is_done() -> None:
    """It ends, and is nobody's to advance."""
    run = finished(replace(RUN, done=3), NOW)

    assert (run.status, run.ended_at) == (RunStatus.DONE, NOW)
    assert taken(run, "a", NOW) is run
