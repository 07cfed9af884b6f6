"""A message becomes a dead letter at once where its policy says so, and beyond the nack budget."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.violations import OrderNotFound
from shared.errors import (
    Conflict,
    Outcome,
    StoreContended,
    StoreUnavailable,
)
from tests.messages import order, push
from tests.unit.consumer.processors import POLICY, HandlerBench, envelope, failing, fingerprint

DEAD_LETTERING = POLICY.model_copy(update={"on_reject": "dead_letter"})


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
