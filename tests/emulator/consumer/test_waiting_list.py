"""Many orders wait for one sku, while two instances of the function take counts in steps."""

import asyncio
import contextlib
import json
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import pytest
from functions_framework.aio import create_asgi_app

from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.idempotency import claim_id
from shared.domain.refs import reservation_ref, stock_ref
from shared.domain.reservation import Reservation, ReservationStatus
from shared.domain.stock import Stock
from shared.domain.waiting_list import MAX_ORDERS_SERVED
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import read_keyset
from tests.emulator import adapter_fixtures
from tests.emulator.consumer.creation import push
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.environment import function_environment
from tests.lab.stack.keyset import ensure_keyset
from tests.lab.stack.paths import ROOT
from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.topology import load
from tests.messages import push as pushed
from tests.sizes import sized

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(sized(900, 120))]

LOCATION, SKU, TOPIC = "LOC-BKK-001", "SKU-001", "reservation-events"
ORDERS = sized(2_000, 150)
COUNTS = (1, ORDERS // 5, ORDERS // 2, ORDERS + 50)
OPENED_AT = datetime(2024, 1, 10, tzinfo=UTC)
PARALLEL = 4
MAX_ATTEMPTS = 50


@dataclass
class Usage:
    """Documents that one kind of message read and wrote."""

    read: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)


@dataclass
class Warehouse:
    """Two instances of the inventory function, and what they publish to each other.

    Attributes:
        answers: ids of `reservation.reserved`, by order.
        steps: outcomes of `stock.freed`, by status.
    """

    instances: list[Any]
    store: FirestoreStore
    pubsub: PubSub
    subscription: str
    answers: dict[str, set[str]] = field(default_factory=dict)
    waited: Counter[str] = field(default_factory=Counter)

    async def ask(self, orders: Iterable[str]) -> None:
        """Let each order ask for a unit, some at once, by either instance."""
        waiting = list(orders)

        async def keep_asking(instance: Any) -> None:
            while waiting:
                await self.deliver(instance, requested(waiting.pop()))

        takers = cycle(self.instances)
        await asyncio.gather(*(keep_asking(next(takers)) for _ in range(PARALLEL)))

    async def count(self, on_hand: int) -> None:
        """Deliver a count to both instances at once, and what follows from it until nothing does."""
        data = {"updateId": f"COUNT-{on_hand}", "locationId": LOCATION, "sku": SKU, "onHand": on_hand}
        taken_at = OPENED_AT + timedelta(hours=12, seconds=on_hand)
        body = pushed(
            data | {"updatedAt": taken_at.isoformat()}, subscription="inventory-update-sub", attributes={}
        )
        await self._both(body)
        while received := await self.pubsub.pull(self.subscription, 1000):
            await self.pubsub.acknowledge(self.subscription, [each.ack_id for each in received])
            await asyncio.gather(*(self._follow(each.message) for each in received))

    async def drain(self) -> None:
        """Take the first answers of all orders off the topic."""
        while received := await self.pubsub.pull(self.subscription, 1000):
            await self.pubsub.acknowledge(self.subscription, [each.ack_id for each in received])
            self.waited.update(each.message.attributes["eventType"] for each in received)

    async def deliver(self, instance: Any, body: bytes) -> None:
        """Push until it is acknowledged."""
        for _ in range(MAX_ATTEMPTS):
            if await push(instance, body) == 204:
                return
        pytest.fail("a message was never acknowledged")

    async def _follow(self, message: Message) -> None:
        if message.attributes["eventType"] == "stock.freed":
            await self._both(
                pushed(message.data, subscription="reservation-events-sub", attributes=message.attributes)
            )
        else:
            order = json.loads(message.data)["orderId"]
            self.answers.setdefault(order, set()).add(message.attributes["eventId"])

    async def _both(self, body: bytes) -> None:
        """Deliver a message twice at the same moment: Pub/Sub may, and both instances are at work."""
        await asyncio.gather(*(self.deliver(instance, body) for instance in self.instances))

    async def stock(self) -> Stock:
        """Read the sku's stock."""
        ref = stock_ref(LOCATION, SKU)
        found = (await self.store.load(claim_id("-", "-"), [ref])).state[ref]
        assert isinstance(found, Stock)
        return found

    async def reserved(self, orders: list[str]) -> int:
        """Count the reserved orders."""
        refs = [reservation_ref(order) for order in orders]
        found = (await self.store.load(claim_id("-", "-"), refs)).state.values()
        return sum(
            isinstance(each, Reservation) and each.status is ReservationStatus.RESERVED for each in found
        )


def name(number: int) -> str:
    """Name an order by its place in the order of dates."""
    return f"O-{number:05}"


def requested(order: str) -> bytes:
    """Ask for one unit as of the order's date."""
    placed_at = OPENED_AT + timedelta(seconds=int(order.removeprefix("O-")))
    data = {
        "reservationId": order,
        "orderId": order,
        "locationId": LOCATION,
        "status": "REQUESTED",
        "force": False,
        "items": [{"lineNumber": 1, "sku": SKU, "quantity": 1}],
        "occurredAt": placed_at.isoformat(),
    }
    attributes = {"eventType": "reservation.requested"}
    return pushed(data, subscription="reservation-events-sub", attributes=attributes, message_id=order)


@pytest.fixture
def usage(monkeypatch: pytest.MonkeyPatch) -> Usage:
    """Count the documents of every call."""
    counted = Usage()
    get, query, commit = FirestoreRpc.get, FirestoreRpc.query, FirestoreRpc.commit

    async def counted_get(self: FirestoreRpc, paths: Iterable[str]) -> dict[str, Any]:
        wanted = list(paths)
        counted.read.append(len(wanted))
        return await get(self, wanted)

    async def counted_query(self: FirestoreRpc, structured_query: Any) -> list[Any]:
        found = await query(self, structured_query)
        counted.read.append(len(found))
        return found

    async def counted_commit(self: FirestoreRpc, writes: Any) -> None:
        counted.written.append(len(writes))
        await commit(self, writes)

    monkeypatch.setattr(FirestoreRpc, "get", counted_get)
    monkeypatch.setattr(FirestoreRpc, "query", counted_query)
    monkeypatch.setattr(FirestoreRpc, "commit", counted_commit)
    return counted


@pytest.fixture
async def warehouse(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[Warehouse]:
    """Yield two instances of the function on the emulators."""
    keyset = ensure_keyset(tmp_path / "keyset.json")
    topology = load()
    environ = function_environment(project, emulators, keyset, topology.subscriptions_of("inventory"))
    policy = topology.subscriptions["reservation-events-sub"].model_copy(update={"ordering": False})
    main = str(ROOT / "functions" / "inventory" / "main.py")
    subscription = f"projects/{project}/subscriptions/all-{TOPIC}"
    async with contextlib.AsyncExitStack() as opened:
        pubsub = await opened.enter_async_context(PubSub(emulators.pubsub))
        await pubsub.create_topic(f"projects/{project}/topics/{TOPIC}")
        await pubsub.create_subscription(subscription, f"projects/{project}/topics/{TOPIC}", policy)
        rpc = await opened.enter_async_context(adapter_fixtures.firestore(emulators.firestore, project))
        with mock.patch.dict(os.environ, environ):
            instances = [create_asgi_app(target="handle", source=main) for _ in range(2)]
        store = adapter_fixtures.store_over(rpc, Cipher(read_keyset(keyset)))
        yield Warehouse(instances, store, pubsub, subscription)


async def test_waiting_orders_are_allocated_by_date_each_once(warehouse: Warehouse, usage: Usage) -> None:
    """Counts in steps serve the earliest dates, every order once, at a flat cost.

    The orders arrive shuffled. Every count and every `stock.freed` is delivered to both instances at
    the same moment. A step reads and writes as much with all of them waiting as with a few.
    """
    arrival = [name(number) for number in range(ORDERS)]
    Random(7).shuffle(arrival)  # noqa: S311 - repeatable, and keeps no secret
    await warehouse.ask(arrival)
    await warehouse.drain()
    assert warehouse.waited == {"reservation.backordered": ORDERS}

    largest = []
    for on_hand in COUNTS:
        usage.read.clear()
        usage.written.clear()
        started = time.monotonic()
        await warehouse.count(on_hand)
        served = min(on_hand, ORDERS)
        assert set(warehouse.answers) == {name(number) for number in range(served)}
        largest.append((served, max(usage.read), max(usage.written)))
        print(f"a count of {on_hand}: {time.monotonic() - started:.1f} s, documents {largest[-1]}")

    assert all(len(events) == 1 for events in warehouse.answers.values())
    stock = await warehouse.stock()
    assert (stock.on_hand, stock.reserved, stock.waiting) == (ORDERS + 50, ORDERS, 0)
    assert await warehouse.reserved(arrival) == ORDERS
    # One claim, the reservations of a batch; one claim, the stock, and for each order reservation and place.
    assert {(read, written) for _, read, written in largest[1:]} == {
        (1 + MAX_ORDERS_SERVED, 2 + 2 * MAX_ORDERS_SERVED)
    }
