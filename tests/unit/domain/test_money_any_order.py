"""Whatever happens to an order, and whatever arrives first: one position follows, and settles the order."""

from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.consumer.routes import Routes
from shared.domain.order import Order
from shared.domain.payment_position import PaymentPosition
from shared.domain.refs import order_ref
from tests.unit.domain.interleaving import Choice, Delivery, Message
from tests.unit.domain.money_life import (
    LATE,
    ORDER_ID,
    authorisation,
    capture,
    creation,
    goods,
    lives,
    refund,
)
from tests.unit.domain.payment_service import PaymentService, Play

CHOICES = st.lists(
    st.builds(Choice, which=st.integers(0, 20), again=st.booleans(), crash=st.booleans()), max_size=40
)
QUICK = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def order_of(delivery: Delivery) -> Order:
    """Return the order without what says when it was written, and how often."""
    order = delivery.entities[order_ref(ORDER_ID)]
    assert isinstance(order, Order)
    return replace(order, created_at=order.ordered_at, updated_at=order.ordered_at, version=0)


def positions(delivery: Delivery) -> list[dict[str, Any]]:
    """Return the published positions by version, repetitions left out."""
    found = [each[3] for each in delivery.events.values() if each[1] == "payment.position_changed"]
    return sorted(found, key=lambda each: each["orderVersion"])


def last_position(delivery: Delivery) -> PaymentPosition:
    """Return the stored position, which must be the last that was published."""
    position = order_of(delivery).position
    assert position is not None
    last = positions(delivery)[-1]
    assert (last["dueMinor"], last["toRefundMinor"]) == (position.due_minor, position.to_refund_minor)
    assert last["toCaptureMinor"] == position.to_capture_minor
    assert last["toVoidMinor"] == position.to_void_minor
    return position


async def delivered(routes: Routes, messages: list[Message], choices: list[Choice]) -> Delivery:
    """Deliver messages in a random order, until none is deferred."""
    delivery = Delivery(routes, [])
    delivery.waiting += messages
    await delivery.run(choices)
    return delivery


@QUICK
@given(life=lives(), choices=CHOICES)
async def test_any_order_of_arrival_ends_in_one_order_and_position(
    routes: Routes, life: list[Message], choices: list[Choice]
) -> None:
    """Interleaved, repeated and interrupted, the messages end in the same order, position and exceptions."""
    expected = await delivered(routes, life, [])

    found = await delivered(routes, life, choices)

    assert order_of(found) == order_of(expected)
    assert last_position(found) == last_position(expected)


@QUICK
@given(life=lives(), choices=CHOICES)
async def test_what_the_last_position_leaves_to_do_settles_the_order(
    routes: Routes, life: list[Message], choices: list[Choice]
) -> None:
    """Once it is done, captured - refunded is what is due; only what was to be voided may still be held."""
    delivery = await delivered(routes, life, choices)
    position = last_position(delivery)

    delivery.waiting += done(position)
    await delivery.run()

    settled = last_position(delivery)
    assert settled.due_minor == order_of(delivery).totals.total_minor
    assert settled.captured_minor - settled.refunded_minor == settled.due_minor
    assert (settled.to_capture_minor, settled.to_authorize_minor, settled.to_refund_minor) == (0, 0, 0)
    assert settled.authorized_minor == settled.to_void_minor <= position.to_void_minor


def done(position: PaymentPosition) -> list[Message]:
    """Do what a position leaves to do, voids aside: no message says that an amount was voided."""
    placed = sum(each.to_capture_minor for each in position.payments)
    missing = position.to_authorize_minor + position.to_capture_minor - placed
    return [
        *(capture(each.payment_id, "LAST", each.to_capture_minor, LATE_ENOUGH) for each in position.payments),
        *(refund(each.payment_id, "LAST", each.to_refund_minor) for each in position.payments),
        *([authorisation("PAY-LAST", "LAST", missing, LATE)] if position.to_authorize_minor else []),
        *([capture("PAY-LAST", "LAST", missing, LATE_ENOUGH)] if missing else []),
    ]


LATE_ENOUGH = "2024-01-12T09:00:00Z"
"""After everything else, before what is held expires."""


@QUICK
@given(
    method=st.sampled_from(["CC", "PromptPay", "COD"]),
    held=st.none() | st.integers(0, 100_000),
    changes=goods(),
    choices=CHOICES,
)
async def test_a_service_that_acts_on_positions_settles_every_order_once(
    routes: Routes, method: str, held: int | None, changes: list[Message], choices: list[Choice]
) -> None:
    """Positions come twice, out of order. Nothing is captured or refunded twice, and nothing stays held."""
    service, delivery = PaymentService(), Delivery(routes, [])
    delivery.waiting += [creation(method, 50.0), *changes]
    delivery.waiting += [] if held is None else [service.authorize(held)]
    play = Play(delivery, service)

    await play.deliver_by_chance(choices)
    await play.deliver_all()

    position = last_position(delivery)
    assert position.captured_minor == service.captured.total()
    assert position.refunded_minor == service.refunded.total()
    assert service.captured.total() - service.refunded.total() == position.due_minor
    assert service.held.total() == 0
    rises, falls = moves([each["dueMinor"] for each in positions(delivery)])
    assert service.captured.total() <= rises
    assert service.refunded.total() <= falls


def moves(levels: list[int]) -> tuple[int, int]:
    """Add up by how much a level rose, from nothing, and by how much it fell."""
    steps = [after - before for before, after in pairwise([0, *levels])]
    return sum(each for each in steps if each > 0), -sum(each for each in steps if each < 0)
