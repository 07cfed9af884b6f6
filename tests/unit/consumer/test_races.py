"""Deliveries that meet: each takes effect once, or gives way in bounded time."""

import asyncio
from collections.abc import Sequence
from random import Random

import pytest

from shared.consumer.idempotency import Change, Claim, claim_id
from shared.consumer.processor import MAX_PAUSE_S, MAX_TRIES
from shared.domain.order import Order
from shared.domain.refs import Ref, order_ref
from shared.errors import LostRace, Outcome, StoreContended
from tests.fakes.store import MemoryStore
from tests.messages import order
from tests.unit.consumer.counter_contract import touching_bench
from tests.unit.consumer.processors import Bench

ORDER_ID = order()["orderId"]
CLAIM = claim_id("order_create", ORDER_ID)


class LosingStore(MemoryStore):
    """Lose a race at each of the first commits, without a trace of the rival."""

    def __init__(self, losses: int) -> None:
        super().__init__()
        self.losses = losses
        self.commits = 0

    async def commit(self, claim: Claim, changes: Sequence[Change], removed: Sequence[Ref] = ()) -> None:
        self.commits += 1
        if self.commits <= self.losses:
            raise LostRace("on demand")
        await super().commit(claim, changes, removed)


@pytest.fixture
def bench() -> Bench:
    """Return a processor with two routes: create an order, and raise the version of one."""
    return touching_bench()


async def test_simultaneous_deliveries_of_one_message_take_effect_once(bench: Bench) -> None:
    """Of many deliveries at once one is processed and the others find its claim."""
    outcomes = await asyncio.gather(*(bench.process(order(), message_id=str(i)) for i in range(20)))

    assert sorted(outcomes) == [Outcome.DUPLICATE] * 19 + [Outcome.PROCESSED]
    assert set(bench.publisher.event_ids) == {
        each.attributes["eventId"] for each in bench.store.claims[CLAIM].outbox
    }


async def test_simultaneous_changes_of_one_order_all_take_effect(bench: Bench) -> None:
    """The loser of a race decides again on the winner's state, so no change is lost."""
    await bench.process(order())
    touches = [{"orderId": ORDER_ID, "touchId": f"T-{i}"} for i in range(MAX_TRIES)]

    outcomes = await asyncio.gather(
        *(bench.process(each, attributes={"eventType": "TOUCH"}) for each in touches)
    )

    assert outcomes == [Outcome.PROCESSED] * MAX_TRIES
    stored = bench.store.entities[order_ref(ORDER_ID)]
    assert isinstance(stored, Order)
    assert stored.version == 1 + MAX_TRIES


async def test_a_race_without_a_winner_is_run_again() -> None:
    """A commit that was refused without a claim or an order to show for it is tried again."""
    bench = Bench(store=LosingStore(losses=1))

    assert await bench.process(order()) is Outcome.PROCESSED


async def test_lost_races_are_bounded_and_spread() -> None:
    """A delivery stops after a few lost races; before later tries it pauses for a random and growing time."""
    bench = Bench(store=LosingStore(losses=99))

    with pytest.raises(StoreContended, match=r"^order: changed by other deliveries at every try$"):
        await bench.process(order())

    assert isinstance(bench.store, LosingStore)
    assert bench.store.commits == MAX_TRIES
    random = Random(1)  # noqa: S311 - that of the bench
    assert bench.pauses == [random.uniform(0, MAX_PAUSE_S * lost) for lost in range(2, MAX_TRIES)]
