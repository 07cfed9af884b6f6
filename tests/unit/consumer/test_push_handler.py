"""The answer to a push, and the record of it."""

import asyncio
import json
from datetime import timedelta

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
from shared.telemetry.log import log_delivery
from tests.messages import order, push
from tests.unit.consumer.processors import NOW, POLICY, HandlerBench, envelope

SECRET = "CUST-123456"
DEAD_LETTERING = POLICY.model_copy(update={"on_reject": "dead_letter"})


def answering(outcome: Outcome) -> Process:
    """Return a process that always succeeds."""

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
    return delivery_fingerprint(
        delivered.subscription, delivered.publish_time, delivered.data, delivered.attributes
    )


@pytest.mark.parametrize(
    "outcome", [Outcome.PROCESSED, Outcome.DUPLICATE, Outcome.IGNORED, Outcome.STALE], ids=str
)
async def test_a_finished_delivery_is_acknowledged(outcome: Outcome) -> None:
    """Every outcome of a finished delivery answers 204 and records no failure."""
    bench = HandlerBench(answering(outcome))

    assert await bench.answer(push(order())) == 204

    assert bench.failures.kept == {}
    assert [(each.outcome, each.status) for each in bench.deliveries] == [(outcome, 204)]


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
async def test_a_failure_answers_by_its_kind_and_is_recorded(
    error: Exception, status: int, outcome: Outcome, kind: str
) -> None:
    """A failure is answered negatively, with a status by its kind, and its reason is recorded."""
    bench = HandlerBench(failing(error))

    assert await bench.answer(push(order(), attempt=3)) == status

    failure = bench.failures.kept[fingerprint()]
    assert (failure.failure_reason.error_type, failure.attempts, failure.at) == (kind, 3, NOW)
    assert [(each.outcome, each.status) for each in bench.deliveries] == [(outcome, status)]


async def test_a_request_that_is_no_push_is_a_bad_request() -> None:
    """A body that is not a push is answered with 400; it leaves a line in the log and nothing else."""
    bench = HandlerBench(answering(Outcome.PROCESSED))

    assert await bench.answer(b"{}") == 400

    assert bench.failures.kept == {}
    assert [each.reason for each in bench.deliveries] == ["envelope.not_a_push"]


async def test_an_unrecorded_failure_changes_no_answer() -> None:
    """The answer is the same where Firestore cannot record the failure."""
    bench = HandlerBench(failing(Conflict("data: other content")))
    bench.failures.available = False

    assert await bench.answer(push(order())) == 422


async def test_a_bug_leaks_no_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A bug is logged by its class and line; its text stays out of the log and of the failure."""
    bench = HandlerBench(failing(ValueError(f"customerId {SECRET} is odd")))

    assert await bench.answer(push(order())) == 500

    log_delivery(bench.deliveries[0])
    line = capsys.readouterr().out
    assert SECRET not in line
    fields = json.loads(line)
    assert (fields["reason"], fields["severity"]) == ("ValueError", "ERROR")
    assert fields["raisedAt"].startswith("tests.unit.consumer.test_push_handler:")
    assert bench.failures.kept[fingerprint()].failure_reason == FailureReason(
        error_type="bug", slug="ValueError"
    )


async def test_the_log_has_only_headers_of_the_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A line has the delivery's headers and outcome, without data, ordering key and other attributes."""
    bench = HandlerBench(answering(Outcome.PROCESSED))
    await bench.answer(push(order(), attributes={"correlationId": "corr-789", "note": "a private word"}))

    log_delivery(bench.deliveries[0])

    line = capsys.readouterr().out
    assert SECRET not in line
    assert "private" not in line
    fields = json.loads(line)
    assert fields["messageId"] == "1001"
    assert fields["correlationId"] == "corr-789"
    assert not fields.keys() & {"payload", "customerId", "data", "attributes", "orderingKey"}


async def test_a_rejected_message_is_dead_lettered_at_once_where_the_policy_says_so() -> None:
    """The dead letter has the message as it arrived, its origin and its failure reason; the answer is 204."""
    bench = HandlerBench(failing(Conflict("data: other content")), policy=DEAD_LETTERING)

    assert await bench.answer(push(order(), attempt=2)) == 204

    (dead_letter,) = bench.publisher.messages
    original = envelope(order())
    assert (dead_letter.topic, dead_letter.data, dead_letter.ordering_key) == (
        "order-create-dlq",
        original.data,
        original.ordering_key,
    )
    assert dead_letter.attributes == {
        **original.attributes,
        "originalTopic": "order-create",
        "originalSubscription": "order-create-sub",
        "originalPublishTime": "2024-01-10T10:00:00.123+00:00",
        "originalMessageId": "1001",
        "deliveryAttempts": "2",
        "errorType": "rejected",
        "failureReason": "claim.conflict",
        "failureDetail": "data: other content",
    }


async def test_a_refused_dead_letter_falls_back_to_redelivery() -> None:
    """Where Pub/Sub refuses the dead letter, the answer is negative and the failure is recorded."""
    bench = HandlerBench(failing(Conflict("data: other content")), policy=DEAD_LETTERING)
    bench.publisher.fail()

    assert await bench.answer(push(order())) == 422

    assert fingerprint() in bench.failures.kept


@pytest.mark.parametrize(
    ("error", "error_type"),
    [(Conflict("data: other content"), "rejected"), (OrderNotFound(), "deferred")],
    ids=["rejected", "deferred"],
)
async def test_beyond_the_nack_budget_a_message_becomes_a_dead_letter(
    error: Exception, error_type: str
) -> None:
    """The first failure of a slot is answered negatively; the next one is acknowledged as a dead letter."""
    bench = HandlerBench(failing(error))

    first = await bench.answer(push(order()))
    second = await bench.answer(push(order(), message_id="2"))

    assert (first in {422, 503}, second) == (True, 204)
    (dead_letter,) = bench.publisher.messages
    assert dead_letter.attributes["errorType"] == error_type
    assert [each.status for each in bench.deliveries] == [first, 204]
    assert {each.outcome for each in bench.deliveries} == {Outcome(error_type)}


async def test_the_next_slot_has_a_nack_again() -> None:
    """Attempts that follow each other by the shortest backoff, 0.75 s, are all answered negatively."""
    bench = HandlerBench(failing(Conflict("data: other content")))

    statuses = []
    for attempt in range(1, 6):
        statuses.append(await bench.answer(push(order(), attempt=attempt)))
        bench.now += timedelta(seconds=0.75)

    assert statuses == [422] * 5
    assert bench.publisher.messages == []


async def test_instances_share_the_nack_budget() -> None:
    """Of two instances that fail in one slot, one answers negatively."""
    one = HandlerBench(failing(Conflict("data: other content")))
    other = HandlerBench(failing(Conflict("data: other content")), failures=one.failures)

    answers = await asyncio.gather(one.answer(push(order())), other.answer(push(order(), message_id="2")))

    assert sorted(answers) == [204, 422]


async def test_subscriptions_have_budgets_of_their_own() -> None:
    """A negative answer on one subscription leaves the slot of another one free."""
    bench = HandlerBench(failing(Conflict("data: other content")))
    bench.subscriptions["other-sub"] = POLICY

    assert await bench.answer(push(order())) == 422
    assert await bench.answer(push(order(), subscription="other-sub")) == 422


async def test_without_a_nack_budget_every_failing_message_becomes_a_dead_letter() -> None:
    """A budget of 0 answers no rejection and no deferral negatively."""
    bench = HandlerBench(failing(OrderNotFound()), policy=POLICY.model_copy(update={"nacks_per_minute": 0}))

    assert await bench.answer(push(order())) == 204


@pytest.mark.parametrize("error", [StoreUnavailable("x"), StoreContended("x"), KeyError("x")], ids=repr)
async def test_outages_and_bugs_are_always_answered_negatively(error: Exception) -> None:
    """However often they come, no message becomes a dead letter: the whole subscription should slow down."""
    bench = HandlerBench(failing(error))

    assert {await bench.answer(push(order())) for _ in range(20)} <= {500, 503}
    assert bench.publisher.messages == []


async def test_an_unavailable_store_answers_negatively() -> None:
    """Where Firestore is not reachable to reserve a slot of the budget, the answer is negative."""
    bench = HandlerBench(failing(Conflict("data: other content")))
    bench.failures.available = False

    assert [await bench.answer(push(order())) for _ in range(2)] == [422, 422]
    assert bench.publisher.messages == []


async def test_a_subscription_without_dead_letters_has_no_budget() -> None:
    """A function answers negatively where it has no dead-letter topic, as for dead letters themselves."""
    bench = HandlerBench(
        failing(Conflict("data: other content")), policy=POLICY.model_copy(update={"dead_letter_topic": None})
    )

    assert [await bench.answer(push(order())) for _ in range(2)] == [422, 422]


@pytest.mark.parametrize("error", [OrderNotFound(), StoreUnavailable("x"), KeyError("x")], ids=repr)
async def test_only_rejections_are_dead_lettered_at_once(error: Exception) -> None:
    """A failure that may pass is redelivered, whatever the policy for rejections is."""
    bench = HandlerBench(failing(error), policy=DEAD_LETTERING)

    assert await bench.answer(push(order())) in {500, 503}

    assert bench.publisher.messages == []
