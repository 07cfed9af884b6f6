"""Orders that ask for the same stock at the same moment."""

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from functions_framework.aio import create_asgi_app

from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.idempotency import claim_id
from shared.domain.refs import reservation_ref, stock_ref
from shared.domain.reservation import Reservation, ReservationStatus
from shared.domain.stock import Stock
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import read_keyset
from tests.emulator import adapter_fixtures
from tests.emulator.consumer.creation import push
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.environment import function_environment
from tests.lab.stack.keyset import ensure_keyset
from tests.lab.stack.paths import ROOT
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.topology import load
from tests.messages import push as pushed

pytestmark = pytest.mark.emulator

LOCATION = "LOC-BKK-001"
MAX_ATTEMPTS = 5


@dataclass
class Inventory:
    """The inventory function, and a view of what it stores."""

    environ: dict[str, str]
    store: FirestoreStore

    def instance(self) -> Any:
        """Start a new instance of the function."""
        with mock.patch.dict(os.environ, self.environ):
            return create_asgi_app(target="handle", source=str(ROOT / "functions" / "inventory" / "main.py"))

    async def count(self, sku: str, on_hand: int) -> None:
        """Deliver the warehouse's count of a sku."""
        data = {
            "updateId": f"COUNT-{sku}",
            "locationId": LOCATION,
            "sku": sku,
            "onHand": on_hand,
            "updatedAt": "2024-01-10T09:00:00Z",
        }
        assert (
            await push(self.instance(), pushed(data, subscription="inventory-update-sub", attributes={}))
            == 204
        )

    async def race(self, orders: Sequence[str], sku: str) -> None:
        """Let each order ask for one unit from an instance of its own, all at once, until it is answered."""
        gate = asyncio.Event()

        async def ask(order: str) -> None:
            instance = self.instance()
            await gate.wait()
            for attempt in range(1, MAX_ATTEMPTS + 1):
                if await push(instance, requested(order, sku, attempt)) == 204:
                    return
            pytest.fail(f"{order} was never answered")

        asking = [asyncio.create_task(ask(order)) for order in orders]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*asking)

    async def stock(self, sku: str) -> Stock:
        """Read the stock of a sku."""
        ref = stock_ref(LOCATION, sku)
        found = (await self.store.load(claim_id("-", "-"), [ref])).state[ref]
        assert isinstance(found, Stock)
        return found

    async def statuses(self, orders: Sequence[str]) -> Counter[ReservationStatus]:
        """Count the outcomes of the orders' reservations."""
        refs = [reservation_ref(order) for order in orders]
        found = (await self.store.load(claim_id("-", "-"), refs)).state
        return Counter(each.status for each in found.values() if isinstance(each, Reservation))

    async def answers(self, orders: Sequence[str]) -> list[list[str]]:
        """Read the types of each order's events from the claim of its request."""
        claims = [
            (await self.store.load(claim_id("reservation", f"REQUESTED:{order}"), [])).claim
            for order in orders
        ]
        return [[each.attributes["eventType"] for each in claim.outbox] for claim in claims if claim]


def requested(order: str, sku: str, attempt: int) -> bytes:
    """Ask for one unit."""
    data = {
        "reservationId": order,
        "orderId": order,
        "locationId": LOCATION,
        "status": "REQUESTED",
        "force": False,
        "items": [{"lineNumber": 1, "sku": sku, "quantity": 1}],
        "occurredAt": "2024-01-10T10:00:00Z",
    }
    attributes = {"eventType": "reservation.requested"}
    return pushed(
        data,
        subscription="reservation-events-sub",
        message_id=f"m-{order}",
        attributes=attributes,
        attempt=attempt,
    )


@pytest.fixture
async def inventory(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[Inventory]:
    """Yield the function on the emulators."""
    keyset = ensure_keyset(tmp_path / "keyset.json")
    subscriptions = load().subscriptions_of("inventory")
    async with contextlib.AsyncExitStack() as opened:
        pubsub = await opened.enter_async_context(PubSub(emulators.pubsub))
        await pubsub.create_topic(f"projects/{project}/topics/reservation-events")
        rpc = await opened.enter_async_context(adapter_fixtures.firestore(emulators.firestore, project))
        yield Inventory(
            environ=function_environment(project, emulators, keyset, subscriptions),
            store=adapter_fixtures.store_over(rpc, Cipher(read_keyset(keyset))),
        )


async def test_of_two_orders_racing_for_the_last_unit_exactly_one_is_reserved(inventory: Inventory) -> None:
    """One order gets the unit and the other one waits; ten races end in the same way."""
    for race in range(10):
        sku, orders = f"SKU-{race}", [f"O-{race}-1", f"O-{race}-2"]
        await inventory.count(sku, 1)

        await inventory.race(orders, sku)

        assert await inventory.statuses(orders) == {
            ReservationStatus.RESERVED: 1,
            ReservationStatus.BACKORDERED: 1,
        }
        assert sorted(await inventory.answers(orders)) == [
            ["reservation.backordered"],
            ["reservation.reserved"],
        ]
        assert (await inventory.stock(sku)).available == 0


async def test_of_many_orders_as_many_are_reserved_as_there_are_units(inventory: Inventory) -> None:
    """Eight orders at once for three units: three are reserved, five wait, nothing is over-promised."""
    orders = [f"O-{number}" for number in range(8)]
    await inventory.count("SKU", 3)

    await inventory.race(orders, "SKU")

    assert await inventory.statuses(orders) == {
        ReservationStatus.RESERVED: 3,
        ReservationStatus.BACKORDERED: 5,
    }
    stock = await inventory.stock("SKU")
    assert (stock.on_hand, stock.reserved) == (3, 3)
