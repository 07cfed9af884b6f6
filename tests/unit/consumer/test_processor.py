"""The outcome of a message, and its effects on what is stored and published."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.consumer.idempotency import claim_id
from shared.domain.order import Order
from shared.domain.refs import order_ref
from shared.domain.violations import OrderExists, OrderNotFound, TotalsMismatch
from shared.errors import (
    Conflict,
    ContractViolation,
    Outcome,
    PublishUnavailable,
    UnknownEventType,
    UnknownSubscription,
)
from tests.messages import ORDER_CREATE, SUBSCRIPTION, TOPIC, order
from tests.unit.consumer.counter_contract import TOUCH, always_stale, touching_bench
from tests.unit.consumer.processors import NOW, Bench

ORDER_ID = order()["orderId"]
CLAIM = claim_id("order_create", ORDER_ID)


@pytest.fixture
def bench() -> Bench:
    """Return a processor with two routes: create an order, and raise the version of one."""
    return touching_bench()


async def test_the_first_delivery_is_processed(bench: Bench) -> None:
    """A new order is stored with its claim; its events are published and the claim is marked."""
    assert await bench.process(order()) is Outcome.PROCESSED

    stored = bench.store.entities[order_ref(ORDER_ID)]
    assert isinstance(stored, Order)
    assert stored.totals.total_minor == 133398
    claim = bench.store.claims[CLAIM]
    assert [*claim.outbox] == bench.publisher.messages
    assert claim.published_at is not None


async def test_events_name_the_message_that_caused_them(bench: Bench) -> None:
    """Outgoing events carry the incoming correlation id, the message they come from, and unique ids."""
    await bench.process(order(), message_id="77")

    sent = [each.attributes for each in bench.publisher.messages]
    assert [each["eventType"] for each in sent] == [
        "order.created",
        "order.allocated",
        "reservation.requested",
        "payment.position_changed",
    ]
    assert {(each["correlationId"], each["causationId"]) for each in sent} == {("corr-789", "77")}
    assert len(set(bench.publisher.event_ids)) == 4


async def test_a_duplicate_changes_and_publishes_nothing(bench: Bench) -> None:
    """The same content under the same key again is acknowledged and leaves everything as it was."""
    await bench.process(order())
    entities, published = dict(bench.store.entities), [*bench.publisher.messages]

    assert await bench.process(order(), message_id="another") is Outcome.DUPLICATE

    assert bench.store.entities == entities
    assert bench.publisher.messages == published


async def test_a_duplicate_is_recognised_by_its_content(bench: Bench) -> None:
    """Key order, white space and fields outside the contract do not make other content."""
    await bench.process(order())
    rewritten = dict(reversed(order(unknown="field").items()))

    assert await bench.process(rewritten) is Outcome.DUPLICATE


async def test_an_unpublished_outbox_is_published_before_a_duplicate_is_acknowledged(bench: Bench) -> None:
    """After a failed publish every delivery publishes the claim's outbox first, with the same ids."""
    bench.publisher.fail(times=2)
    for _ in range(2):
        with pytest.raises(PublishUnavailable):
            await bench.process(order())
        assert bench.store.claims[CLAIM].published_at is None

    assert await bench.process(order(), message_id="redelivered") is Outcome.DUPLICATE

    claim = bench.store.claims[CLAIM]
    assert bench.publisher.messages == [*claim.outbox]
    assert claim.published_at is not None


async def test_other_content_under_the_same_key_is_a_conflict(bench: Bench) -> None:
    """A used order id with another membership is rejected, and the first order stays."""
    await bench.process(order())
    entities = dict(bench.store.entities)

    with pytest.raises(Conflict, match=r"^data: the same idempotency key was used with other content$"):
        await bench.process(order(t1MembershipId="T1-000000"))

    assert bench.store.entities == entities


async def test_an_order_without_its_claim_is_a_duplicate_of_itself(bench: Bench) -> None:
    """The same content is acknowledged (requirements 2.3), other content is rejected; the order stays."""
    await bench.process(order())
    stored = dict(bench.store.entities)
    bench.store.claims.clear()

    assert await bench.process(order()) is Outcome.DUPLICATE
    with pytest.raises(OrderExists):
        await bench.process(order(shipFromLocationId="LOC-BKK-002"))

    assert (bench.store.claims, bench.store.entities) == ({}, stored)


async def test_a_message_of_another_type_is_ignored() -> None:
    """Where a topic carries several types, one without a route is acknowledged without a claim."""
    bench = Bench(routes={(TOPIC, "ORDER"): ORDER_CREATE})

    assert await bench.process(order(), attributes={"eventType": "OTHER"}) is Outcome.IGNORED

    assert bench.store.claims == {}


@pytest.mark.parametrize(
    ("published", "source", "outcome"),
    [
        ("2024-01-10T09:00:00Z", "ORDER_EVENTS", Outcome.PROCESSED),
        ("2024-01-10T10:00:00Z", "ORDER_EVENTS", Outcome.IGNORED),
        ("2024-01-10T10:00:00Z", "QC-SMF", Outcome.PROCESSED),
        ("2024-01-10T11:00:00Z", "ORDER_EVENTS", Outcome.PROCESSED),
    ],
)
async def test_what_functions_published_about_lost_work_is_ignored(
    bench: Bench, published: str, source: str, outcome: Outcome
) -> None:
    """Between the restored moment and the restore, only what producers published counts."""
    lost = (datetime(2024, 1, 10, 9, tzinfo=UTC), datetime(2024, 1, 10, 11, tzinfo=UTC))
    bench.processor = replace(bench.processor, lost_period=lost)

    attributes = {"source": source, "version": "1.0"}
    assert await bench.process(order(), published=published, attributes=attributes) is outcome

    assert bool(bench.store.claims) is (outcome is Outcome.PROCESSED)


async def test_only_a_position_has_another_event_id_in_another_version(bench: Bench) -> None:
    """After a restore a consumer that drops event ids still gets each position, and counts no fact twice."""
    other = touching_bench()
    other.processor = replace(other.processor, min_order_version=100_000)
    await bench.process(order())
    await other.process(order())

    first, again = (
        {each.attributes["eventType"]: each.attributes["eventId"] for each in each.publisher.messages}
        for each in (bench, other)
    )
    assert {kind for kind in first if first[kind] != again[kind]} == {"payment.position_changed"}


@pytest.mark.parametrize("attributes", [{"eventType": "ship"}, {}, {"eventType": "DELIVERED"}], ids=str)
async def test_the_catch_all_rejects_what_no_subscription_takes(attributes: dict[str, str]) -> None:
    """A type in another spelling, an unknown one or none becomes a failed message instead of vanishing."""
    bench = Bench(routes={(TOPIC, "SHIP"): ORDER_CREATE}, catch_alls={SUBSCRIPTION})

    with pytest.raises(UnknownEventType, match=r"^eventType: must be one of the topic's event types$"):
        await bench.process(order(), attributes=attributes)
    assert await bench.process(order(), attributes={"eventType": "SHIP"}) is Outcome.PROCESSED


async def test_a_topic_for_one_kind_takes_any_type(bench: Bench) -> None:
    """A route for the whole topic takes a message of any type, so none is dropped."""
    assert await bench.process(order(), attributes={"eventType": "OTHER"}) is Outcome.PROCESSED


async def test_an_unknown_subscription_is_refused(bench: Bench) -> None:
    """A push of a subscription the function does not serve is rejected, not ignored."""
    with pytest.raises(UnknownSubscription, match=r"^subscription: does not belong to this function$"):
        await bench.process(order(), subscription="other-sub")


async def test_an_order_of_the_day_after_its_publication_is_rejected(bench: Bench) -> None:
    """Clocks differ by less; an order of another calendar's year would come before all others."""
    with pytest.raises(ContractViolation, match=r"^orderDate: must be at most 24 hours after publication$"):
        await bench.process(order(orderDate="2024-01-11T10:00:01Z"))


async def test_a_rejected_message_stores_nothing(bench: Bench) -> None:
    """A rejected message creates neither claim nor order nor event."""
    with pytest.raises(ContractViolation):
        await bench.process({"orderId": ORDER_ID})
    with pytest.raises(TotalsMismatch):
        await bench.process(order(payment={"method": "CC", "amount": 1.0}))

    assert bench.store.claims == {}
    assert bench.store.entities == {}
    assert bench.publisher.messages == []


async def test_an_early_message_is_deferred_and_passes_later(bench: Bench) -> None:
    """A change of an order that does not exist yet leaves no claim, so its redelivery is processed."""
    early = {"orderId": ORDER_ID, "touchId": "T-1"}
    with pytest.raises(OrderNotFound):
        await bench.process(early, attributes={"eventType": "TOUCH"})

    await bench.process(order())

    assert await bench.process(early, attributes={"eventType": "TOUCH"}) is Outcome.PROCESSED


async def test_a_stale_message_leaves_no_claim() -> None:
    """A message older than the stored state is acknowledged; it writes and publishes nothing."""
    bench = Bench(routes={(TOPIC, None): replace(TOUCH, decide=always_stale)})

    assert await bench.process({"orderId": ORDER_ID, "touchId": "T-1"}) is Outcome.STALE

    assert bench.store.claims == {}
    assert bench.publisher.messages == []


async def test_claims_hold_the_time_and_message_of_the_first_delivery(bench: Bench) -> None:
    """A duplicate does not touch the claim."""
    await bench.process(order(), message_id="first")
    await bench.process(order(), message_id="second")

    claim = bench.store.claims[CLAIM]
    assert (claim.message_id, claim.processed_at) == ("first", NOW)
