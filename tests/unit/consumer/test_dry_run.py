"""A forecast is the processor's own outcome, and changes nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.consumer.dry_run import dry_run
from shared.consumer.dry_run_result import DryRunResult
from shared.consumer.ports import Process, Publisher, Store
from shared.consumer.processor import Processor
from shared.errors import Outcome, StoreUnavailable
from tests import messages
from tests.unit.consumer.processors import Bench, envelope

ORDER = messages.order()
LATER = datetime(2024, 1, 10, 10, tzinfo=UTC)


@dataclass
class Asked:
    """A bench whose processor is asked instead of run."""

    bench: Bench

    async def about(self, data: Any, **delivery: Any) -> DryRunResult:
        """Return what would become of data."""
        return await dry_run(self._process, self.bench.store, envelope(data, **delivery))

    def _process(self, store: Store, publisher: Publisher) -> Process:
        real = self.bench.processor
        return Processor(
            routes=real.routes,
            topics=real.topics,
            store=store,
            publisher=publisher,
            clock=real.clock,
            random=real.random,
            sleep=real.sleep,
        ).process


@pytest.fixture
def asked() -> Asked:
    """Return an empty bench to be asked."""
    return Asked(Bench())


async def test_a_good_message_would_be_processed(asked: Asked) -> None:
    """It passes, and afterwards there is no order, no claim and no event."""
    forecast = await asked.about(ORDER)

    assert forecast == DryRunResult(outcome=Outcome.PROCESSED)
    assert forecast.passes
    assert (await asked.about(ORDER)).outcome is Outcome.PROCESSED
    assert await asked.bench.process(ORDER) is Outcome.PROCESSED


async def test_a_processed_message_would_be_a_duplicate(asked: Asked) -> None:
    """It says when the message was processed, though a creation reads nothing before it writes."""
    await asked.bench.process(ORDER)

    forecast = await asked.about(ORDER)

    assert (forecast.outcome, forecast.processed_at is not None) == (Outcome.DUPLICATE, True)


async def test_other_content_would_be_a_conflict(asked: Asked) -> None:
    """It does not pass, and tells what happened to the order since."""
    await asked.bench.process(ORDER)

    forecast = await asked.about({**ORDER, "shipFromLocationId": "LOC-2"}, published="2024-01-09T10:00:00Z")

    assert (forecast.outcome, forecast.reason, forecast.passes) == (
        Outcome.REJECTED,
        "claim.conflict",
        False,
    )
    assert {each.at for each in forecast.later_events} == {LATER}


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"{", "contract.invalid"), (messages.order(totals=messages.totals(1.0)), "order.totals_mismatch")],
    ids=["contract", "rule"],
)
async def test_a_bad_message_would_be_rejected_by_name(asked: Asked, data: Any, reason: str) -> None:
    """Contract and rules are today's, and name what is wrong without a value."""
    forecast = await asked.about(data)

    assert (forecast.outcome, forecast.reason) == (Outcome.REJECTED, reason)
    assert forecast.detail
    assert "CUST-123456" not in forecast.detail


async def test_a_store_that_does_not_answer_is_an_error(asked: Asked) -> None:
    """What cannot be known is not said to pass."""

    async def refuse(*_: object) -> None:
        raise StoreUnavailable("refused")

    object.__setattr__(asked.bench.store, "load", refuse)

    forecast = await asked.about(ORDER)

    assert (forecast.outcome, forecast.reason, forecast.passes) == (
        Outcome.ERROR,
        "store.unavailable",
        False,
    )
