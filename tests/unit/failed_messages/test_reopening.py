"""When a failed message opens again: its failure reason, its wait and its automatic replay."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from shared.consumer.function_answer import FunctionAnswer
from shared.contracts.dead_letter import DeadLetter, FailureReason
from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.failed_messages.model import FailedMessage, MessageStatus, ReplayAttempt
from shared.failed_messages.transitions import (
    begin_replay,
    count_dead_letter,
    discard,
    finish_replay,
    is_latest_failure,
    reopen_discarded,
)
from tests.unit.failed_messages.failed_messages import NOW, REASON, failed_message

HOUR = timedelta(hours=1)
ATTEMPT = ReplayAttempt(token="t1", by="ann@x", at=NOW)
TRANSIENT = FailureReason(error_type="transient", slug="store.unavailable")
CLOSED = [MessageStatus.RESOLVED, MessageStatus.DISCARDED]


@pytest.mark.parametrize("error_type", ["deferred", "transient", "rejected", "bug"])
@pytest.mark.parametrize("edit", [None, "e1"])
@pytest.mark.parametrize("due", [None, NOW + timedelta(hours=1)])
def test_a_failure_that_may_pass_is_retried_automatically(
    error_type: str, edit: str | None, due: datetime | None
) -> None:
    """So a person may replay a message too early, or during an outage.

    Automatic replay would send the original data, so it does not follow an edit that failed.
    """
    reason = FailureReason(error_type=error_type, slug="a.slug")
    answer = FunctionAnswer(outcome="error", failure_reason=reason)
    attempt = ReplayAttempt(token="t1", by="ann@x", at=NOW, edit=edit)

    failed = finish_replay(begin_replay(failed_message(next_replay_at=due), attempt), answer, NOW)

    may_pass = error_type in ("deferred", "transient")
    assert failed.next_replay_at == ((due or failed.publish_time) if may_pass and not edit else None)


def failed_again(message: FailedMessage, error_type: str, at: datetime) -> FailedMessage:
    """Replay a message; it fails."""
    reason = FailureReason(error_type=error_type, slug="a.slug")
    answer = FunctionAnswer(outcome="error", failure_reason=reason)
    return finish_replay(begin_replay(message, ReplayAttempt(token="t2", by="bob@x", at=at)), answer, at)


def test_a_message_waits_from_the_first_time_that_it_was_deferred() -> None:
    """Its tries during an outage before do not count: the other message could not be delivered either."""
    outage = failed_message(failure_reason=FailureReason(error_type="transient", slug="store.unavailable"))
    tried = failed_again(outage, "transient", NOW + HOUR)
    deferred = failed_again(replace(tried, automatic_replays=9), "deferred", NOW + 2 * HOUR)
    again = failed_again(replace(deferred, automatic_replays=1), "transient", NOW + 3 * HOUR)
    later = failed_again(again, "deferred", NOW + 4 * HOUR)

    assert [each.waiting_since for each in (outage, tried)] == [None, None]
    assert {each.waiting_since for each in (deferred, again, later)} == {NOW + 2 * HOUR}
    assert [each.automatic_replays for each in (tried, deferred, later)] == [0, 0, 1]


def test_a_deferred_message_of_an_earlier_release_waits_since_it_was_stored() -> None:
    """It has no time of its first deferral."""
    early = FailureReason(error_type="deferred", slug="order.not_found")

    assert failed_message(failure_reason=early).waiting_since == NOW
    assert failed_message().waiting_since is None


def test_a_discarded_message_that_is_reopened_begins_another_wait() -> None:
    """Nothing looked for what it needs meanwhile."""
    reason = FailureReason(error_type="deferred", slug="order.not_found")
    early = failed_message(failure_reason=reason, deferred_at=NOW - HOUR)

    discarded = discard(early, by="ann@x", reason="why", now=NOW)
    opened = reopen_discarded(discarded, by="ann@x", reason="needed", now=NOW + HOUR)

    assert opened.waiting_since == NOW + HOUR


@pytest.mark.parametrize(
    ("error_type", "due"), [("transient", NOW), ("deferred", NOW), ("rejected", None), ("bug", None)]
)
def test_a_reopened_message_is_retried_as_before_it_was_discarded(
    error_type: str, due: datetime | None
) -> None:
    """A failure that may pass has its automatic replay again; discarding had ended it."""
    waiting = failed_message(failure_reason=FailureReason(error_type=error_type, slug="a.slug"))
    discarded = discard(waiting, by="ann@x", reason="sent twice", now=NOW)

    assert reopen_discarded(discarded, by="bob@x", reason="needed", now=NOW).next_replay_at == due


def test_a_reopened_message_with_a_failed_edit_waits_for_a_person() -> None:
    """Automatic replay would send the original data instead of the edit."""
    answer = FunctionAnswer(outcome="error", failure_reason=TRANSIENT)
    attempt = ReplayAttempt(token="t1", by="ann@x", at=NOW, edit="e1")
    failed = finish_replay(begin_replay(failed_message(), attempt), answer, NOW)
    discarded = discard(failed, by="ann@x", reason="sent twice", now=NOW)

    assert reopen_discarded(discarded, by="bob@x", reason="needed", now=NOW).next_replay_at is None


@pytest.mark.parametrize(("later", "reason"), [(-1, "a.slug"), (0, "late"), (1, "late")])
def test_an_old_dead_letter_does_not_replace_a_newer_reason(later: int, reason: str) -> None:
    """The latest failure gives the reason, in whatever order Pub/Sub delivers the dead letters."""
    message = failed_message(failure_reason=FailureReason(error_type="bug", slug="a.slug"), reason_at=NOW)
    stored = dead_letter_of(message, NOW + timedelta(seconds=later), "late")

    counted = count_dead_letter(message, stored)

    assert (counted.failure_reason.slug, counted.dead_letter_count) == (reason, 2)
    assert counted.last_failed_at == (stored.received_at if later >= 0 else message.last_failed_at)
    assert is_latest_failure(message, stored) is (later >= 0)


def test_a_replay_that_failed_is_newer_than_a_dead_letter_from_before() -> None:
    """The answer to the replay stays the reason; in a message that an earlier release stored, too."""
    answer = FunctionAnswer(outcome="error", failure_reason=TRANSIENT)
    failed = finish_replay(begin_replay(failed_message(), ATTEMPT), answer, NOW)
    before = dead_letter_of(failed, NOW - timedelta(seconds=1), "late")

    assert count_dead_letter(failed, before).failure_reason == TRANSIENT
    assert count_dead_letter(failed_message(), before).failure_reason == REASON


@pytest.mark.parametrize("status", CLOSED)
@pytest.mark.parametrize("later", [-1, 1])
def test_a_dead_letter_of_a_closed_message_is_news_only_after_it_was_resolved(
    status: MessageStatus, later: int
) -> None:
    """A person decided about a discarded message; a resolved one may fail again."""
    closed = failed_message(status=status, closed_at=NOW)
    stored = dead_letter_of(closed, NOW + timedelta(seconds=later), "late")

    counted, news = count_dead_letter(closed, stored), status is MessageStatus.RESOLVED and later > 0

    assert is_latest_failure(closed, stored) is news
    assert (counted.status, counted.dead_letter_count) == (MessageStatus.OPEN if news else status, 2)


def dead_letter_of(message: FailedMessage, at: datetime, slug: str) -> StoredDeadLetter:
    """Return another dead letter of a message; it arrives an hour late."""
    reason = FailureReason(error_type="rejected", slug=slug)
    dead_letter = DeadLetter(
        topic=message.topic,
        subscription=message.subscription,
        publish_time=message.publish_time,
        attributes={},
        ordering_key="",
        data=b"{}",
        delivery_attempts=5,
        failure_reason=reason,
    )
    return StoredDeadLetter(
        fingerprint=message.id,
        dead_letter=dead_letter,
        failure_reason=reason,
        attempts=5,
        received_at=at + timedelta(hours=1),
        dead_letter_id="another",
        dead_lettered_at=at,
    )
