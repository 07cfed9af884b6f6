"""After an outage that is longer than any wait, messages arrive in any order: none has waited in vain yet."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from shared.consumer.routes import Routes
from shared.domain.order import Order
from shared.domain.refs import order_ref
from tests.lab.stack.demo import messages as write
from tests.unit.consumer.processors import NOW
from tests.unit.domain.goods_life import COUNTS, ORDER, ORDER_ID, price, ship
from tests.unit.domain.interleaving import Delivery, Message
from tests.unit.domain.money_life import LATE

AFTER = NOW + timedelta(hours=13)
"""All messages were published about `NOW`."""

CREATED = Message.of("order-create", ORDER)
AUTHORIZED = Message.of("payment-authorized", write.authorisation(ORDER_ID, 3000.00) | {"expiresAt": LATE})
CAPTURED = Message.of("payment-captured", write.capture(ORDER_ID, 500.00))
REFUNDED = Message.of("payment-refunded", write.refund(ORDER_ID, 500.00))
REPLACED = price("13:00", 5, "SKU-004", 90.00, 99.00, to="SKU-005")
BACK = price("13:30", 5, "SKU-005", 99.00, 95.00, to="SKU-004")
SHIPPED = ship("15:00", "SHIP-1", (5, "SKU-004", 3))


async def before_the_outage(routes: Routes) -> Delivery:
    """Count the stock and create the order; then the outage begins, and ends."""
    delivery = Delivery(routes, [*COUNTS, CREATED])
    await delivery.run()
    delivery.bench.processor = replace(delivery.bench.processor, clock=lambda: AFTER)
    return delivery


def order_of(delivery: Delivery) -> Order:
    """Return the order."""
    order = delivery.entities[order_ref(ORDER_ID)]
    assert isinstance(order, Order)
    return order


def raised(delivery: Delivery) -> list[str]:
    """Return the codes of the exceptions that were published."""
    return [data["code"] for _, kind, _, data in delivery.events.values() if kind == "order.exception"]


@pytest.mark.parametrize("arrival", [*permutations([AUTHORIZED, CAPTURED, REFUNDED])])
async def test_money_arrives_in_any_order(routes: Routes, arrival: tuple[Message, ...]) -> None:
    """A refund before its capture is not rejected, and a capture before its authorisation raises no alert."""
    delivery = await before_the_outage(routes)

    delivery.waiting += arrival
    await delivery.run()

    order = order_of(delivery)
    assert (order.payment.captured_minor, order.payment.refunded_minor) == (50000, 50000)
    assert not raised(delivery)


@pytest.mark.parametrize("arrival", [(BACK, SHIPPED), (SHIPPED, BACK)])
async def test_a_parcel_waits_for_a_replacement(routes: Routes, arrival: tuple[Message, ...]) -> None:
    """The second replacement brings the sku of the parcel back, so the parcel contradicts nothing."""
    delivery = await before_the_outage(routes)

    delivery.waiting += [REPLACED, *arrival]
    await delivery.run()

    line = order_of(delivery).line_items[4]
    assert (line.sku, line.amount_minor, line.shipped) == ("SKU-004", 9500, 3)
    assert not raised(delivery)


async def test_a_parcel_waits_for_the_allocation(routes: Routes) -> None:
    """The order was created after the outage, and its answer of the stock is on its way."""
    delivery = Delivery(routes, list(COUNTS))
    await delivery.run()
    parcel = ship("15:00", "SHIP-1", (1, "SKU-001", 1))
    delivery.bench.processor = replace(delivery.bench.processor, clock=lambda: AFTER)

    delivery.waiting += [CREATED, parcel]
    await delivery.run()

    assert order_of(delivery).line_items[0].shipped == 1
    assert not raised(delivery)
