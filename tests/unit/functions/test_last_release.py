"""While the last release serves beside this one, either finds the events that the other did not publish."""

from shared.consumer.idempotency import Claim, claim_id
from shared.errors import Outcome
from tests.lab.stack.demo import messages as write
from tests.unit.consumer.processors import Bench
from tests.unit.functions.function_routes import routes_of
from tests.unit.functions.goods import FUNCTIONS, ORDER, ORDER_ID, TOPICS, deliver, order_in

SHORTAGE = write.shortage(ORDER_ID, 1, "SKU-001", 3, 2)
LAST_RELEASE_KEY = f"{ORDER_ID}\tshort:79a899ba7df6f9fe644a1bacd9152355"
"""The key with which release 1.0.0 claims the shortage."""


async def short_once(bench: Bench) -> tuple[Claim, Claim]:
    """Create an order and short it; return the shortage's claim and its copy."""
    await deliver(bench, "order-create", ORDER)
    assert await deliver(bench, "short-events", SHORTAGE, "13:00") is Outcome.PROCESSED
    claim, copy = (each for each in bench.store.claims.values() if each.scope == "short")
    return claim, copy


def new_bench() -> Bench:
    """Return a processor of the functions."""
    return Bench(routes=routes_of(*FUNCTIONS), topics={topic: topic for topic in TOPICS})


async def test_the_last_release_finds_the_events_of_a_shortage() -> None:
    """The claim is stored under the key of release 1.0.0, too, with the same events; both are marked."""
    bench = new_bench()

    claim, copy = await short_once(bench)

    assert copy.key == LAST_RELEASE_KEY
    assert copy.id == claim_id("short", LAST_RELEASE_KEY)
    assert (copy.outbox, copy.fingerprint) == (claim.outbox, claim.fingerprint)
    assert claim.key == f"{LAST_RELEASE_KEY}:2024-01-10T13:00:00+00:00"
    assert claim.published_at is not None
    assert copy.published_at is not None


async def test_a_copy_makes_no_other_statement_a_duplicate() -> None:
    """The same shortage stated for an earlier time is processed, and the copy stays that of the first one."""
    bench = new_bench()
    _, copy = await short_once(bench)

    assert await deliver(bench, "short-events", SHORTAGE, "12:00") is Outcome.STALE
    assert await deliver(bench, "short-events", SHORTAGE, "12:00") is Outcome.DUPLICATE

    assert bench.store.claims[copy.id] == copy
    assert len([each for each in bench.store.claims.values() if each.scope == "short"]) == 3
    (shortage,) = order_in(bench).line_items[0].shortages
    assert [each.at.hour for each in shortage.since] == [12]
