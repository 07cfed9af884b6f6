"""Orders, stock and reservations in one processor over fakes: what is published comes back as it would."""

from collections.abc import Mapping
from typing import Any

import pytest

from shared.domain.order import Order, OrderStatus
from shared.domain.refs import order_ref, reservation_ref, stock_ref
from shared.domain.reservation import Reservation, ReservationStatus
from shared.domain.stock import Stock
from shared.errors import Outcome
from tests import messages
from tests.examples import example
from tests.unit.consumer.processors import Bench
from tests.unit.functions.function_routes import routes_of

FUNCTIONS = ("order_create", "order_cancel", "ship", "inventory")
TOPICS = {
    "order-create-sub": "order-create",
    "order-cancel-sub": "order-cancel",
    "ship-events-direct-sub": "ship-events",
    "inventory-update-sub": "inventory-update",
    "reservation-events-sub": "reservation-events",
}
ORDER_ID = example("order_create").data["orderId"]
LOCATION = "LOC-BKK-001"


class Shop(Bench):
    """A processor in which reservations go round."""

    outcomes: list[Outcome]
    seen: int

    def __post_init__(self) -> None:
        """Begin with nothing published."""
        super().__post_init__()
        self.outcomes = []
        self.seen = 0

    async def push(self, data: Mapping[str, Any], subscription: str, times: int = 1) -> None:
        """Deliver a message and every reservation event that follows from it, each of them `times` times."""
        self.outcomes += [await self.process(data, subscription=subscription) for _ in range(times)]
        while self.seen < len(self.publisher.messages):
            message = self.publisher.messages[self.seen]
            self.seen += 1
            if message.topic == "reservation-events":
                await self._return(message.data, message.attributes, times)

    async def _return(self, data: bytes, attributes: Mapping[str, str], times: int) -> None:
        for _ in range(times):
            outcome = await self.process(data, subscription="reservation-events-sub", attributes=attributes)
            self.outcomes.append(outcome)

    async def count(self, on_hand: int) -> None:
        """Count the example's sku."""
        await self.push({**example("inventory_update").data, "onHand": on_hand}, "inventory-update-sub")

    async def order(self, *, force: bool, times: int = 1) -> None:
        """Create the example's order: two units of one sku."""
        data = {**example("order_create").data, "isForceAllocation": force}
        await self.push(data, "order-create-sub", times)

    @property
    def known_order(self) -> Order:
        """Find the order."""
        found = self.store.entities[order_ref(ORDER_ID)]
        assert isinstance(found, Order)
        return found

    @property
    def stock(self) -> tuple[int, int]:
        """Return units on hand and reserved units."""
        found = self.store.entities[stock_ref(LOCATION, "SKU-001")]
        assert isinstance(found, Stock)
        return found.on_hand, found.reserved

    @property
    def reserved(self) -> ReservationStatus:
        """Return the status of the order's reservation."""
        found = self.store.entities[reservation_ref(ORDER_ID)]
        assert isinstance(found, Reservation)
        return found.status


@pytest.fixture
def shop() -> Shop:
    """Return the functions over fakes."""
    return Shop(routes=routes_of(*FUNCTIONS), topics=TOPICS)


async def test_an_order_in_stock_is_allocated(shop: Shop) -> None:
    """The request of a new order is answered `RESERVED`, and the answer allocates the order."""
    await shop.count(5)
    await shop.order(force=False)

    assert shop.known_order.status is OrderStatus.ALLOCATED
    assert shop.stock == (5, 2)
    assert shop.outcomes == [Outcome.PROCESSED] * 4


async def test_an_order_short_of_stock_is_backordered(shop: Shop) -> None:
    """The request is answered `BACKORDERED`; the order keeps what there is and waits for the rest."""
    await shop.count(1)
    await shop.order(force=False)

    assert shop.known_order.status is OrderStatus.BACKORDERED
    assert shop.stock == (1, 1)


async def test_a_backordered_order_is_allocated_by_a_count(shop: Shop) -> None:
    """Fifty units come in: the order is allocated automatically."""
    await shop.count(1)
    await shop.order(force=False)
    later = {"updateId": "INV-2", "onHand": 50, "updatedAt": "2024-01-10T11:00:00Z"}
    await shop.push({**example("inventory_update").data, **later}, "inventory-update-sub")

    assert shop.known_order.status is OrderStatus.ALLOCATED
    assert shop.stock == (50, 2)
    assert set(shop.outcomes) == {Outcome.PROCESSED}


async def test_a_cancelled_order_waits_no_more(shop: Shop) -> None:
    """What comes in later is for others, and nothing of the order is published again."""
    await shop.count(1)
    await shop.order(force=False)
    await shop.push(example("order_cancel").data, "order-cancel-sub")
    later = {"updateId": "INV-2", "onHand": 50, "updatedAt": "2024-01-10T11:00:00Z"}
    await shop.push({**example("inventory_update").data, **later}, "inventory-update-sub")

    assert shop.known_order.status is OrderStatus.CANCELLED
    assert shop.stock == (50, 0)


async def test_a_forced_order_takes_what_is_not_there(shop: Shop) -> None:
    """A forced order is allocated at once, below zero stock if need be; one event says so."""
    await shop.count(1)
    await shop.order(force=True)

    assert shop.known_order.status is OrderStatus.ALLOCATED
    assert shop.stock == (1, 2)
    published = [each.attributes["eventType"] for each in shop.publisher.messages]
    assert published.count("order.allocated") == 1


async def test_everything_twice_changes_nothing_more(shop: Shop) -> None:
    """Requests and answers that are delivered again find their claims."""
    await shop.count(5)
    await shop.order(force=False, times=2)

    assert shop.known_order.version == 2
    assert shop.stock == (5, 2)
    assert len(set(shop.publisher.event_ids)) == len(shop.publisher.event_ids)
    assert shop.outcomes.count(Outcome.DUPLICATE) == 3


async def test_shipped_units_leave_the_stock(shop: Shop) -> None:
    """A parcel of the requirements takes its units off the promise and off the count."""
    await shop.count(5)
    await shop.order(force=True)
    await shop.push(example("ship").data, "ship-events-direct-sub")

    assert shop.stock == (3, 0)
    assert shop.reserved is ReservationStatus.RELEASED


async def test_a_cancelled_order_gives_its_stock_back(shop: Shop) -> None:
    """What was promised to the order can be promised to others."""
    await shop.count(5)
    await shop.order(force=True)
    await shop.push(example("order_cancel").data, "order-cancel-sub")

    assert shop.stock == (5, 0)
    assert shop.reserved is ReservationStatus.RELEASED


async def test_an_overtaken_count_is_stale(shop: Shop) -> None:
    """Of two counts the newer one stays, however late the older one arrives."""
    await shop.count(5)
    older = {"updateId": "INV-0", "onHand": 9, "updatedAt": "2024-01-09T09:00:00Z"}
    await shop.push({**example("inventory_update").data, **older}, "inventory-update-sub")

    assert shop.outcomes == [Outcome.PROCESSED, Outcome.STALE]
    assert shop.stock == (5, 0)


@pytest.mark.parametrize("force", [False, True])
async def test_an_order_of_more_skus_than_a_commit_takes_is_reserved_in_parts(
    shop: Shop, *, force: bool
) -> None:
    """Of 501 skus, the order is allocated when all are set aside; its parcel counts them down."""
    lines = [messages.line(number) for number in range(1, 502)]
    for each in lines:
        count = {"updateId": each["sku"], "sku": each["sku"], "onHand": 3}
        await shop.push({**example("inventory_update").data, **count}, "inventory-update-sub")

    await shop.push(messages.order_of(lines, ORDER_ID, isForceAllocation=force), "order-create-sub")

    assert shop.known_order.status is OrderStatus.ALLOCATED
    assert shop.stock == (3, 1)
    assert [each.attributes["eventType"] for each in shop.publisher.messages].count("order.allocated") == 1

    items = [{"lineNumber": each["lineNumber"], "sku": each["sku"], "shippedQty": 1} for each in lines]
    await shop.push({**example("ship").data, "items": items}, "ship-events-direct-sub")

    assert shop.stock == (2, 0)
    assert shop.reserved is ReservationStatus.RELEASED


async def test_the_longest_ids_go_round(shop: Shop) -> None:
    """A release is named after order and parcel, and still fits its contract where both ids are long."""
    order_id, shipment_id = "O" * 128, "S" * 128
    await shop.push({**example("order_create").data, "orderId": order_id}, "order-create-sub")
    await shop.push(
        {**example("ship").data, "orderId": order_id, "shipmentId": shipment_id}, "ship-events-direct-sub"
    )

    assert set(shop.outcomes) == {Outcome.PROCESSED}
