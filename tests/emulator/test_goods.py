"""What is said about the goods of an order, late, twice and out of order, on the whole stack."""

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from shared.consumer.firestore_store import FirestoreStore
from shared.domain.order import Line, Order, OrderStatus
from shared.domain.refs import order_ref
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import read_keyset
from tests.emulator import adapter_fixtures
from tests.lab.stack.client import StackClient
from tests.lab.stack.demo import messages as write
from tests.lab.stack.polling import until

pytestmark = pytest.mark.emulator

SHIP, SHORT, SUBSTITUTE = "ship-events", "short-events", "order-update"


@dataclass(frozen=True)
class Shop:
    """An order on the running stack.

    Attributes:
        order_id: an order of this test's own.
    """

    stack: StackClient
    store: FirestoreStore
    http: aiohttp.ClientSession
    order_id: str

    async def publish(self, topic: str, *messages: dict[str, Any], at: str | None = None) -> None:
        """Publish messages on a topic; `at` is their timestamp."""
        kind = {"eventType": "SUBSTITUTION_REQUEST"} if topic == SUBSTITUTE else {}
        attributes = kind | ({"timestamp": f"2024-01-10T{at}:00Z"} if at else {})
        wired = [{"data": _encoded(each), "attributes": attributes} for each in messages]
        url = f"http://{self.stack.emulators.pubsub}/v1/projects/{self.stack.project}/topics/{topic}:publish"
        async with self.http.post(url, json={"messages": wired}):
            pass

    async def handled(self, subscription: str, *messages: dict[str, Any], at: str | None = None) -> None:
        """Publish messages on a subscription's topic and return when all of them are acknowledged."""
        before = await self._acknowledged(subscription)
        await self.publish(TOPICS[subscription], *messages, at=at)

        async def done() -> bool:
            return await self._acknowledged(subscription) >= before + len(messages)

        await until(done, 60)

    async def order(self) -> Order:
        """Read the order."""
        ref = order_ref(self.order_id)
        found = (await self.store.load("none", [ref])).state[ref]
        assert isinstance(found, Order)
        return found

    async def line(self, number: int = 1) -> Line:
        """Read a line of the order."""
        return (await self.order()).line_items[number - 1]

    async def _acknowledged(self, subscription: str) -> int:
        return (await self.stack.counts())[subscription].acknowledged


TOPICS = {
    "order-create-sub": "order-create",
    "ship-events-direct-sub": SHIP,
    "short-events-direct-sub": SHORT,
    "substitution-events-sub": SUBSTITUTE,
    "order-cancel-sub": "order-cancel",
}


@pytest.fixture
async def shop(stack: StackClient) -> AsyncIterator[Shop]:
    """Yield an allocated order of three pans and one piece of meat."""
    cipher = Cipher(read_keyset(Path(stack.env["KEYSET_FILE"])))
    await stack.clear_faults()
    async with (
        adapter_fixtures.firestore(stack.emulators.firestore, stack.project) as rpc,
        aiohttp.ClientSession(raise_for_status=True) as http,
    ):
        shop = Shop(stack, adapter_fixtures.store_over(rpc, cipher), http, f"QC-{uuid.uuid4()}")
        pans, meat = write.line(1, "PAN", 3, 599.99), write.line(2, "MEAT", 1, 100.00)
        await shop.handled(
            "order-create-sub", write.order(shop.order_id, pans, meat, customer="CUST-000009", force=True)
        )
        yield shop


async def test_snapshots_in_any_words_and_order_are_counted_once(shop: Shop) -> None:
    """One of three is missing, said three ways; then two are: two are short, and the third is shipped."""
    first = write.shortage(shop.order_id, 1, "PAN", 3, 2)
    meat = write.shortage(shop.order_id, 2, "MEAT", 1, 0)["items"]
    both = first | {"items": first["items"] + meat}
    turned = first | {"items": meat + first["items"]}
    reworded = first | {"items": [each | {"reason": "Nothing there!"} for each in both["items"]]}

    await shop.handled("short-events-direct-sub", both, turned, reworded, at="13:00")
    assert [(await shop.line(number)).shorted for number in (1, 2)] == [1, 1]

    await shop.handled("short-events-direct-sub", write.shortage(shop.order_id, 1, "PAN", 3, 1), at="13:10")
    parcel = write.parcel(shop.order_id, "SHIP-1", (1, "PAN", 1), at="2024-01-10T15:00:00Z")
    await shop.handled("ship-events-direct-sub", parcel)

    order = await shop.order()
    assert (order.line_items[0].shorted, order.line_items[0].shipped) == (2, 1)
    assert order.status is OrderStatus.SHIPPED


async def test_a_parcel_waits_for_the_replacement_it_overtook(shop: Shop) -> None:
    """It is deferred, and shipped once the line has its sku."""
    replacement = write.weight_adjustment(shop.order_id, 2, "MEAT", 100.00, 10)
    replacement["substitutionType"] = "ITEM_REPLACEMENT"
    replacement["substituteItem"] |= {"sku": "FISH"}
    parcel = write.parcel(shop.order_id, "SHIP-1", (2, "FISH", 1), at="2024-01-10T15:00:00Z")
    failed = (await shop.stack.counts())["ship-events-direct-sub"].failed

    async def deferred() -> bool:
        return (await shop.stack.counts())["ship-events-direct-sub"].failed > failed

    shipping = asyncio.create_task(shop.handled("ship-events-direct-sub", parcel))
    await until(deferred, 30)
    await shop.handled("substitution-events-sub", replacement, at="14:00")
    await shipping

    line = await shop.line(2)
    assert (line.sku, line.shipped, line.amount_minor) == ("FISH", 1, 11000)


async def test_parcels_of_one_shipment_and_weights_of_one_line(shop: Shop) -> None:
    """Two tracking numbers are two parcels; of three weights the latest holds, though it comes first."""
    first = write.parcel(shop.order_id, "SHIP-1", (1, "PAN", 1), at="2024-01-10T15:00:00Z")
    second = write.parcel(shop.order_id, "SHIP-1", (1, "PAN", 1), at="2024-01-10T15:00:00Z")
    await shop.handled("ship-events-direct-sub", first, second | {"trackingNumber": "TH-2"}, first)

    for percent, at in ((10, "13:05"), (15, "13:00"), (12, "13:02"), (10, "13:05")):
        weight = write.weight_adjustment(shop.order_id, 2, "MEAT", 100.00, percent)
        await shop.handled("substitution-events-sub", weight, at=at)

    assert [(await shop.line(1)).shipped, (await shop.line(2)).amount_minor] == [2, 11000]


async def test_what_is_open_is_cancelled_after_a_partial_shipment(shop: Shop) -> None:
    """Two of three pans left; the rest is cancelled, twice, in other words: nothing fails."""
    parcel = write.parcel(shop.order_id, "SHIP-1", (1, "PAN", 2), at="2024-01-10T15:00:00Z")
    await shop.handled("ship-events-direct-sub", parcel)
    failed = (await shop.stack.counts())["order-cancel-sub"].failed

    cancel = write.cancellation(shop.order_id) | {"cancelledAt": "2024-01-10T16:00:00Z"}
    again = cancel | {"reason": "Again", "cancelledAt": "2024-01-10T16:05:00Z"}
    await shop.handled("order-cancel-sub", cancel)
    await shop.handled("order-cancel-sub", again)

    order = await shop.order()
    assert [line.cancelled for line in order.line_items] == [1, 1]
    assert (order.status, order.exceptions) == (OrderStatus.SHIPPED, ())
    assert (await shop.stack.counts())["order-cancel-sub"].failed == failed


def _encoded(data: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(data).encode()).decode()
