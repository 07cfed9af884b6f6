"""Deliveries that meet: each takes effect once, or gives way in bounded time."""

import asyncio
from collections.abc import Sequence
from random import Random

import pytest

from shared.consumer.idempotency import Change, Claim, Snapshot, claim_id
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


class CountingStore(MemoryStore):
    """Count the calls."""

    def __init__(self) -> None:
        super().__init__()
        self.loads = 0
        self.commits = 0

    async def load(self, claim: str, refs: Sequence[Ref]) -> Snapshot:
        self.loads += 1
        return await super().load(claim, refs)

    async def commit(self, claim: Claim, changes: Sequence[Change], removed: Sequence[Ref] = ()) -> None:
        self.commits += 1
        await super().commit(claim, changes, removed)


async def touch_once(bench: Bench, number: int) -> Outcome:
    """Raise the version of the order by a message of its own."""
    return await bench.process(
        {"orderId": ORDER_ID, "touchId": f"T-{number}"}, attributes={"eventType": "TOUCH"}
    )


def stored_version(store: MemoryStore) -> int:
    """Return the version of the order."""
    stored = store.entities[order_ref(ORDER_ID)]
    assert isinstance(stored, Order)
    return stored.version


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
    """The loser of a race between instances decides again on the winner's state, so no change is lost."""
    await bench.process(order())
    instances = [bench, *(touching_bench(bench.store) for _ in range(MAX_TRIES - 1))]

    outcomes = await asyncio.gather(*(touch_once(each, number) for number, each in enumerate(instances)))

    assert outcomes == [Outcome.PROCESSED] * MAX_TRIES
    assert stored_version(bench.store) == 1 + MAX_TRIES


async def test_changes_of_one_order_take_turns_within_an_instance() -> None:
    """However many come at once, each reads once and commits once."""
    store, deliveries = CountingStore(), 10 * MAX_TRIES
    bench = touching_bench(store)
    await bench.process(order())

    outcomes = await asyncio.gather(*(touch_once(bench, number) for number in range(deliveries)))

    assert outcomes == [Outcome.PROCESSED] * deliveries
    assert stored_version(store) == 1 + deliveries
    assert (store.loads, store.commits) == (deliveries, 1 + deliveries)


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
