"""A dry run has the outcome that the processor would have, and changes nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.consumer.dry_run import dry_run
from shared.consumer.function_answer import DryRunResult
from shared.consumer.ports import Process, Publisher, Store
from shared.consumer.processor import Processor
from shared.errors import Outcome, StoreUnavailable
from tests import messages
from tests.unit.consumer.processors import Bench, envelope

ORDER = messages.order()
LATER = datetime(2024, 1, 10, 10, tzinfo=UTC)


@dataclass
class DryRuns:
    """Dry runs over the store of a bench."""

    bench: Bench

    async def run(self, data: Any, **delivery: Any) -> DryRunResult:
        """Run a message dry."""
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
            shop_currency=real.shop_currency,
        ).process


@pytest.fixture
def dry_runs() -> DryRuns:
    """Return dry runs over an empty store."""
    return DryRuns(Bench())


async def test_a_good_message_would_be_processed(dry_runs: DryRuns) -> None:
    """It passes, and afterwards there is no order, no claim and no event."""
    result = await dry_runs.run(ORDER)

    assert result == DryRunResult(outcome=Outcome.PROCESSED)
    assert result.passes
    assert (await dry_runs.run(ORDER)).outcome is Outcome.PROCESSED
    assert await dry_runs.bench.process(ORDER) is Outcome.PROCESSED


async def test_a_processed_message_would_be_a_duplicate(dry_runs: DryRuns) -> None:
    """It has the time of processing, although a creation reads nothing before it writes."""
    await dry_runs.bench.process(ORDER)

    result = await dry_runs.run(ORDER)

    assert (result.outcome, result.processed_at is not None) == (Outcome.DUPLICATE, True)


async def test_other_content_would_be_a_conflict(dry_runs: DryRuns) -> None:
    """It does not pass, and lists the order's later events."""
    await dry_runs.bench.process(ORDER)

    result = await dry_runs.run({**ORDER, "shipFromLocationId": "LOC-2"}, published="2024-01-09T10:00:00Z")

    assert (result.outcome, result.reason, result.passes) == (
        Outcome.REJECTED,
        "claim.conflict",
        False,
    )
    assert {each.at for each in result.later_events} == {LATER}


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"{", "contract.invalid"), (messages.order(totals=messages.totals(1.0)), "order.totals_mismatch")],
    ids=["contract", "rule"],
)
async def test_a_bad_message_would_be_rejected_by_name(dry_runs: DryRuns, data: Any, reason: str) -> None:
    """Contract and rules are today's, and name what is wrong without a value."""
    result = await dry_runs.run(data)

    assert (result.outcome, result.reason) == (Outcome.REJECTED, reason)
    assert result.detail
    assert "CUST-123456" not in result.detail


async def test_an_unavailable_store_is_an_error(dry_runs: DryRuns) -> None:
    """A dry run without the state does not pass."""

    async def refuse(*_: object) -> None:
        raise StoreUnavailable("refused")

    object.__setattr__(dry_runs.bench.store, "load", refuse)

    result = await dry_runs.run(ORDER)

    assert (result.outcome, result.reason, result.passes) == (
        Outcome.ERROR,
        "store.unavailable",
        False,
    )
