"""The answer to a push, and the record of it."""

import json

import pytest

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
from tests.unit.consumer.processors import NOW, HandlerBench, failing, fingerprint

SECRET = "CUST-123456"


def answering(outcome: Outcome) -> Process:
    """Return a process that always succeeds."""

    async def process(envelope: Envelope) -> Outcome:
        return outcome

    return process


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
    assert fields["raisedAt"].startswith(f"{failing.__module__}:")
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


async def test_an_unavailable_store_answers_negatively() -> None:
    """Where Firestore is not reachable to reserve a slot of the budget, the answer is negative."""
    bench = HandlerBench(failing(Conflict("data: other content")))
    bench.failures.available = False

    assert [await bench.answer(push(order())) for _ in range(2)] == [422, 422]
    assert bench.publisher.messages == []
