"""Orders of many lines: their reservations are divided into parts."""

import pytest

from shared.domain.reservation import ReservationStatus
from tests.unit.functions.warehouse import BACKORDERED, RESERVED, Warehouse, cancel, count, request


@pytest.fixture
def warehouse() -> Warehouse:
    """Return an empty warehouse."""
    return Warehouse()


async def test_an_order_of_many_lines_is_reserved_in_parts_and_answered_once(warehouse: Warehouse) -> None:
    """450 skus make three parts; the order is answered when the last one has everything."""
    lines = [(number, f"SKU-{number}", 1) for number in range(1, 451)]
    await warehouse.take(*(count(sku, 1, 1) for _, sku, _ in lines if sku != "SKU-250"))

    await warehouse.take(request("O-1", *lines, minute=2))
    assert warehouse.answers == [("O-1", BACKORDERED)]
    assert [part.status for part in warehouse.reservation("O-1").parts] == [
        "RESERVED",
        "BACKORDERED",
        "RESERVED",
    ]

    await warehouse.take(count("SKU-250", 1, 3))
    assert warehouse.answers == [("O-1", BACKORDERED), ("O-1", RESERVED)]
    warehouse.check()

    await warehouse.take(cancel("O-1", *lines))
    assert warehouse.reservation("O-1").status is ReservationStatus.RELEASED
    assert not any(stock.reserved for stock in warehouse.stocks.values())
    warehouse.check()


async def test_a_large_order_by_force_takes_everything(warehouse: Warehouse) -> None:
    """It is answered once, and a parcel of a few of its lines finds them in their parts."""
    lines = [(number, f"SKU-{number}", 1) for number in range(1, 402)]
    await warehouse.take(request("O-1", *lines, force=True), count("SKU-401", 5, 10))

    await warehouse.take(cancel("O-1", lines[0], lines[-1], minute=20, reason="SHIPPED"))

    assert warehouse.answers == [("O-1", RESERVED)]
    assert warehouse.stock("SKU-401") == (4, 0, 0)
    assert warehouse.stock("SKU-1") == (0, 0, 0)
    assert warehouse.stock("SKU-2") == (0, 1, 0)
    warehouse.check()


async def test_parts_may_come_in_any_order(warehouse: Warehouse) -> None:
    """The first part is no more needed than the last; the order is reserved when all are."""
    lines = [(number, f"SKU-{number}", 1) for number in range(1, 402)]
    await warehouse.take(*(count(sku, 1, 1) for _, sku, _ in lines))
    await warehouse.deliver(request("O-1", *lines, minute=2))
    warehouse.waiting.reverse()
    await warehouse.settle()

    assert warehouse.answers == [("O-1", RESERVED)]


async def test_the_release_of_a_part_waits_for_its_request(warehouse: Warehouse) -> None:
    """What is released before it was asked for comes again."""
    lines = [(number, f"SKU-{number}", 1) for number in range(1, 402)]
    await warehouse.deliver(request("O-1", *lines))
    requests, warehouse.waiting = warehouse.waiting, []
    await warehouse.deliver(cancel("O-1", *lines))
    warehouse.waiting += requests
    await warehouse.settle()

    assert warehouse.reservation("O-1").status is ReservationStatus.RELEASED
    warehouse.check()
