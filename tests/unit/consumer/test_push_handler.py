"""How a push is answered, and what is told of it."""

import json
from dataclasses import replace

import pytest

from shared.consumer.idempotency import delivery_fingerprint
from shared.consumer.ports import Process
from shared.contracts.dead_letter import FailureReason
from shared.contracts.envelope import Envelope
from shared.domain.violations import OrderNotFound, TotalsMismatch
from shared.errors import (
    Conflict,
    ContractViolation,
    LostRace,
    Outcome,
    PublishUnavailable,
    StoreContended,
    StoreUnavailable,
    UnknownSubscription,
)
from shared.telemetry.log import log
from tests.messages import order, push
from tests.unit.consumer.processors import NOW, POLICY, Desk, envelope

SECRET = "CUST-123456"
DEAD_LETTERING = replace(POLICY, dead_letters_rejections=True)


def answering(outcome: Outcome) -> Process:
    """Return a process that always ends well."""

    async def process(envelope: Envelope) -> Outcome:
        return outcome

    return process


def failing(error: Exception) -> Process:
    """Return a process that always fails."""

    async def process(envelope: Envelope) -> Outcome:
        raise error

    return process


def fingerprint() -> str:
    """Return the fingerprint of the delivery under test."""
    delivered = envelope(order())
    return delivery_fingerprint(delivered.subscription, delivered.publish_time, delivered.data)


@pytest.mark.parametrize(
    "outcome", [Outcome.PROCESSED, Outcome.DUPLICATE, Outcome.IGNORED, Outcome.STALE], ids=str
)
async def test_what_is_done_is_acknowledged(outcome: Outcome) -> None:
    """Every outcome of a finished delivery answers 204, and nothing is written down as a failure."""
    desk = Desk(answering(outcome))

    assert await desk.answer(push(order())) == 204

    assert desk.failures.kept == {}
    assert [(each["outcome"], each["status"]) for each in desk.entries] == [(outcome, 204)]


@pytest.mark.parametrize(
    ("error", "status", "outcome", "kind"),
    [
        (ContractViolation("totals: is missing"), 422, Outcome.REJECTED, "rejected"),
        (TotalsMismatch("totals.total", "the sum"), 422, Outcome.REJECTED, "rejected"),
        (Conflict("data: other content"), 422, Outcome.REJECTED, "rejected"),
        (UnknownSubscription("subscription: unknown"), 422, Outcome.REJECTED, "rejected"),
        (OrderNotFound(), 503, Outcome.DEFERRED, "deferred"),
        (StoreUnavailable("answered UNAVAILABLE"), 503, Outcome.ERROR, "transient"),
        (StoreContended("order: contended"), 503, Outcome.ERROR, "transient"),
        (PublishUnavailable("answered UNAVAILABLE"), 503, Outcome.ERROR, "transient"),
        (KeyError(SECRET), 500, Outcome.ERROR, "bug"),
        (LostRace(SECRET), 500, Outcome.ERROR, "bug"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_a_failure_answers_by_its_kind_and_is_written_down(
    error: Exception, status: int, outcome: Outcome, kind: str
) -> None:
    """Whatever fails is redelivered, with a status by its kind, and its cause is written down."""
    desk = Desk(failing(error))

    assert await desk.answer(push(order(), attempt=3)) == status

    failure = desk.failures.kept[fingerprint()]
    assert (failure.failure_reason.error_type, failure.attempts, failure.at) == (kind, 3, NOW)
    assert [(each["outcome"], each["status"]) for each in desk.entries] == [(outcome, status)]


async def test_a_request_that_is_no_push_is_a_bad_request() -> None:
    """A body that is no push answers 400 and leaves nothing but a line in the log."""
    desk = Desk(answering(Outcome.PROCESSED))

    assert await desk.answer(b"{}") == 400

    assert desk.failures.kept == {}
    assert [each["reason"] for each in desk.entries] == ["envelope.not_a_push"]


async def test_an_unwritten_failure_changes_no_answer() -> None:
    """Where the failure cannot be written down, the answer is the same."""
    desk = Desk(failing(Conflict("data: other content")))
    desk.failures.available = False

    assert await desk.answer(push(order())) == 422


async def test_a_bug_leaks_no_text(capsys: pytest.CaptureFixture[str]) -> None:
    """An unexpected exception is told by its class and place; its text stays out of log and failure."""
    desk = Desk(failing(ValueError(f"customerId {SECRET} is odd")))

    assert await desk.answer(push(order())) == 500

    log(desk.entries[0])
    line = capsys.readouterr().out
    assert SECRET not in line
    told = json.loads(line)
    assert (told["reason"], told["severity"]) == ("ValueError", "ERROR")
    assert told["raisedAt"].startswith("tests.unit.consumer.test_push_handler:")
    assert desk.failures.kept[fingerprint()].failure_reason == FailureReason(
        error_type="bug", slug="ValueError"
    )


async def test_the_log_holds_nothing_of_the_message_but_its_headers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A line names the delivery and what became of it; data, ordering key and other attributes stay out."""
    desk = Desk(answering(Outcome.PROCESSED))
    await desk.answer(push(order(), attributes={"correlationId": "corr-789", "note": "a private word"}))

    log({**desk.entries[0], "payload": order(), "customerId": SECRET})

    line = capsys.readouterr().out
    assert SECRET not in line
    assert "private" not in line
    told = json.loads(line)
    assert told["messageId"] == "1001"
    assert told["correlationId"] == "corr-789"
    assert not told.keys() & {"payload", "customerId", "data", "attributes", "orderingKey"}


async def test_a_rejected_message_is_dead_lettered_at_once_where_the_policy_says_so() -> None:
    """The dead letter holds the message as it came with where, when and why it failed; 204 is answered."""
    desk = Desk(failing(Conflict("data: other content")), policy=DEAD_LETTERING)

    assert await desk.answer(push(order(), attempt=2)) == 204

    (letter,) = desk.publisher.messages
    original = envelope(order())
    assert (letter.topic, letter.data, letter.ordering_key) == (
        "order-create-dlq",
        original.data,
        original.ordering_key,
    )
    assert letter.attributes == {
        **original.attributes,
        "originalTopic": "order-create",
        "originalSubscription": "order-create-sub",
        "originalPublishTime": "2024-01-10T10:00:00.123+00:00",
        "deliveryAttempts": "2",
        "errorType": "rejected",
        "failureReason": "claim.conflict",
        "failureDetail": "data: other content",
    }


async def test_a_dead_letter_that_is_not_taken_falls_back_to_redelivery() -> None:
    """Where the dead letter cannot be published, the message is redelivered and its failure kept."""
    desk = Desk(failing(Conflict("data: other content")), policy=DEAD_LETTERING)
    desk.publisher.fail()

    assert await desk.answer(push(order())) == 422

    assert fingerprint() in desk.failures.kept


@pytest.mark.parametrize("error", [OrderNotFound(), StoreUnavailable("x"), KeyError("x")], ids=repr)
async def test_only_rejections_are_dead_lettered_at_once(error: Exception) -> None:
    """What may pass at its next delivery is redelivered, whatever the policy says of rejections."""
    desk = Desk(failing(error), policy=DEAD_LETTERING)

    assert await desk.answer(push(order())) in {500, 503}

    assert desk.publisher.messages == []
