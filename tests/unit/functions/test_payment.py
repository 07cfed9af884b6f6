"""The payment function's routes on a processor over fakes."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.order import Order
from shared.domain.refs import order_ref
from shared.domain.violations import NotAuthorized, OrderNotFound
from shared.errors import Conflict, Outcome
from tests.examples import example
from tests.unit.consumer.processors import Bench
from tests.unit.functions.function_routes import routes_of

TOPICS = {
    "order-create-sub": "order-create",
    "payment-authorized-sub": "payment-authorized",
    "payment-captured-sub": "payment-captured",
    "payment-refunded-sub": "payment-refunded",
}
STORY = ("order_create", "payment_authorized", "payment_captured", "payment_refunded")


@pytest.fixture
def bench() -> Bench:
    """Return a processor with routes for orders and payments."""
    return Bench(routes=routes_of("order_create", "payment"), topics=TOPICS)


async def deliver(bench: Bench, name: str, *, typed: bool = True, **changed: Any) -> Outcome:
    """Deliver an example, some of its fields replaced, with or without its `eventType`."""
    given = example(name)
    return await bench.process(
        given.data | changed,
        subscription=f"{name.replace('_', '-')}-sub",
        attributes=given.attributes if typed else {},
        published="2026-01-02T03:00:00Z",
    )


@pytest.mark.parametrize("typed", [True, False])
async def test_an_order_is_paid_and_refunded(bench: Bench, typed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The requirements' messages, with and without `eventType`, lead an order through its payment."""
    assert [await deliver(bench, name, typed=typed) for name in STORY] == [Outcome.PROCESSED] * 4

    order = bench.store.entities[order_ref(example("order_create").data["orderId"])]
    assert isinstance(order, Order)
    assert order.position is not None
    assert (order.payment.captured_minor, order.payment.refunded_minor) == (133398, 59999)
    assert (order.position.authorized_minor, order.position.to_authorize_minor) == (0, 59999)
    published = [
        each.attributes["eventType"] for each in bench.publisher.messages if each.topic == "order-events"
    ]
    moved = ["payment.authorized", "payment.captured", "payment.refunded"]
    assert published[-6:] == [each for event in moved for each in (event, "payment.position_changed")]


async def test_a_payment_twice_is_a_duplicate(bench: Bench) -> None:
    """A redelivered authorisation, capture or refund counts once."""
    for name in STORY:
        await deliver(bench, name)
    published = len(bench.publisher.messages)

    assert [await deliver(bench, name) for name in STORY] == [Outcome.DUPLICATE] * 4
    assert len(bench.publisher.messages) == published


@pytest.mark.parametrize("name", STORY[1:])
async def test_one_id_with_another_amount_is_a_conflict(bench: Bench, name: str) -> None:
    """An id that was used is never taken for done where the amount differs."""
    for each in STORY:
        await deliver(bench, each)

    with pytest.raises(Conflict):
        await deliver(bench, name, amount=1)


async def test_a_payment_of_an_unknown_order_comes_again(bench: Bench) -> None:
    """An order may still be on its way when its payment arrives."""
    with pytest.raises(OrderNotFound):
        await deliver(bench, "payment_authorized")


async def test_a_capture_that_overtook_its_authorisation_is_taken_when_it_comes_again(bench: Bench) -> None:
    """Refused too early, a capture leaves no claim, so its redelivery counts."""
    await deliver(bench, "order_create")
    with pytest.raises(NotAuthorized):
        await deliver(bench, "payment_captured")

    await deliver(bench, "payment_authorized")

    assert await deliver(bench, "payment_captured") is Outcome.PROCESSED


async def test_one_id_of_two_payments_is_two_movements(bench: Bench) -> None:
    """Payment services number on their own: the claim is of the payment and its movement."""
    for each in STORY[:3]:
        await deliver(bench, each)
    await deliver(bench, "payment_authorized", paymentId="PAY-2", amount=1)

    assert await deliver(bench, "payment_captured", paymentId="PAY-2", amount=1) is Outcome.PROCESSED


@pytest.mark.parametrize("name", STORY[1:])
async def test_a_claim_of_an_earlier_release_is_recognised(bench: Bench, name: str) -> None:
    """Earlier releases claimed the movement's id alone: a redelivery counts once and publishes its outbox."""
    for each in STORY[: STORY.index(name) + 1]:
        await deliver(bench, each)
    processed = next(each for each in bench.store.claims.values() if each.scope == name)
    del bench.store.claims[processed.id]
    former = replace(processed, key=processed.key.split("\t")[1], published_at=None)
    bench.store.claims[former.id] = former
    published = [*bench.publisher.event_ids]

    assert await deliver(bench, name) is Outcome.DUPLICATE

    again = [each.attributes["eventId"] for each in former.outbox]
    assert bench.publisher.event_ids == [*published, *again]
    with pytest.raises(Conflict):
        await deliver(bench, name, amount=1)
