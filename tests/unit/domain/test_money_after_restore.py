"""After a restore, payment positions continue where consumers are: nothing is captured or refunded twice."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.consumer.routes import Routes
from tests.lab.stack.demo import messages as write
from tests.unit.domain.interleaving import CONSUMED, Choice, Delivery, Message
from tests.unit.domain.money_life import ORDER_ID, creation, goods
from tests.unit.domain.payment_service import PaymentService, Play
from tests.unit.domain.test_money_any_order import CHOICES, QUICK, last_position, moves, positions

RAISED = 100_000
"""Above every version before the restore."""


class Restorable:
    """Functions with a database that an earlier copy can replace, and topics that keep every message."""

    def __init__(self, delivery: Delivery, published: list[Message]) -> None:
        self._delivery = delivery
        self._published = published
        delivery.waiting += published
        self.copy()

    def copy(self) -> None:
        """Keep a copy of the database."""
        store = self._delivery.bench.store
        self._claims, self._entities = dict(store.claims), dict(store.entities)
        self._versions = dict(store._versions)
        self._sent = len(self._delivery.bench.publisher.messages)

    def restore(self, min_order_version: int) -> None:
        """Put the copy into the database's place, and deliver every message again.

        Functions ignore what they published for each other since the copy.
        """
        bench = self._delivery.bench
        bench.store.claims, bench.store.entities = dict(self._claims), dict(self._entities)
        bench.store._versions = dict(self._versions)
        bench.processor = dataclasses.replace(bench.processor, min_order_version=min_order_version)
        kept = bench.publisher.messages[: self._sent]
        self._delivery.waiting[:] = [
            *self._published,
            *(
                Message(each.topic, each.data, each.attributes["eventType"])
                for each in kept
                if each.topic == CONSUMED
            ),
        ]


class RecordedService(PaymentService):
    """A payment service with topics that keep what it published."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[Message] = []

    def act(self, position: dict[str, object]) -> list[Message]:
        """Act, and keep what happened."""
        happened = super().act(position)
        self.published += happened
        return happened


@QUICK
@given(
    method=st.sampled_from(["CC", "PromptPay", "COD"]),
    held=st.none() | st.integers(0, 100_000),
    changes=goods(),
    choices=st.tuples(CHOICES, CHOICES, CHOICES),
)
async def test_a_service_that_waits_for_the_redelivery_settles_every_order_once(
    routes: Routes,
    method: str,
    held: int | None,
    changes: list[Message],
    choices: tuple[list[Choice], list[Choice], list[Choice]],
) -> None:
    """The service drops event ids that it has seen. After the redelivery it acts on the latest position."""
    service, delivery = RecordedService(), Delivery(routes, [])
    service.published += [creation(method, 50.0), *changes]
    service.published += [] if held is None else [service.authorize(held)]
    database, play = Restorable(delivery, service.published), Play(delivery, service)
    before_copy, before_loss, redelivery = choices
    await play.deliver_by_chance(before_copy)
    database.copy()
    await play.deliver_by_chance(before_loss)
    first = [each["dueMinor"] for each in positions(delivery)]

    database.restore(RAISED)
    await play.deliver_by_chance(redelivery, acts=False)
    await delivery.run()
    then = positions(delivery)[-1]["orderVersion"]
    play.skip_to_latest()
    await play.deliver_all()

    position = last_position(delivery)
    assert position.captured_minor == service.captured.total()
    assert position.refunded_minor == service.refunded.total()
    assert service.captured.total() - service.refunded.total() == position.due_minor
    assert service.held.total() == 0
    later = [each["dueMinor"] for each in positions(delivery) if each["orderVersion"] >= then]
    rises, falls = moves([*first, *later])
    assert service.captured.total() <= rises
    assert service.refunded.total() <= falls


@pytest.mark.parametrize("min_order_version", [0, RAISED])
async def test_a_version_has_one_position_only_where_versions_are_raised(
    routes: Routes, min_order_version: int
) -> None:
    """A cancellation overtakes the shortage: without higher versions version 3 has two positions."""
    short = Message.of("fulfillment-events", write.shortage(ORDER_ID, 3, "SKU-C", 3, 2), "SHORT")
    created, authorized = creation("CC", 0.0), PaymentService().authorize(79_999)
    delivery = Delivery(routes, [])
    database = Restorable(delivery, [created, authorized, short])
    await delivery.run()
    known = positions(delivery)[-1]

    database.restore(min_order_version)
    cancelled = Message.of("order-cancel", write.cancellation(ORDER_ID))
    delivery.waiting[:] = [created, cancelled, authorized, short]
    await delivery.run()

    last = last_position(delivery)
    assert (known["dueMinor"], last.due_minor, last.to_void_minor) == (81_683, 0, 79_999)
    latest = positions(delivery)[-1]["orderVersion"]
    assert (known["orderVersion"], latest) == (3, min_order_version + 2 if min_order_version else 3)
