"""What producers and consumers of the topics rely on, on the whole stack."""

import base64
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from shared.consumer.firestore_store import FirestoreStore
from shared.domain.order import Order
from shared.domain.refs import order_ref, stock_ref
from shared.domain.stock import Stock
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import read_keyset
from tests.emulator import adapter_fixtures
from tests.lab.stack.client import StackClient
from tests.lab.stack.demo import messages as write
from tests.lab.stack.polling import until

pytestmark = pytest.mark.emulator

SECONDS = 60
UNKNOWN_TYPES: tuple[dict[str, str], ...] = ({"eventType": "ship"}, {}, {"eventType": "DELIVERED"})


@dataclass(frozen=True)
class Partner:
    """A partner of the running stack, with an order of its own.

    Attributes:
        order_id: the order; nothing else is said about it.
        subscription: a subscription of its own on `order-events`.
    """

    stack: StackClient
    store: FirestoreStore
    http: aiohttp.ClientSession
    order_id: str
    subscription: str

    async def publish(self, topic: str, data: dict[str, Any], **attributes: str) -> None:
        """Publish a message to a topic of the stack."""
        encoded = base64.b64encode(json.dumps(data).encode()).decode()
        source = "QC-SMF" if topic == "order-create" else "SLICK"
        body = {"messages": [{"data": encoded, "attributes": {"source": source, **attributes}}]}
        url = f"http://{self.stack.emulators.pubsub}/v1/projects/{self.stack.project}/topics/{topic}:publish"
        async with self.http.post(url, json=body):
            pass

    async def order(self) -> Order | None:
        """Read the order."""
        ref = order_ref(self.order_id)
        found = (await self.store.load("none", [ref])).state.get(ref)
        return found if isinstance(found, Order) else None

    async def order_with(self, *events: str) -> Order:
        """Return the order once its timeline has these events."""

        async def happened() -> bool:
            order = await self.order()
            return order is not None and {each.event for each in order.history} >= set(events)

        await until(happened, SECONDS)
        order = await self.order()
        assert order is not None
        return order

    async def failed(self, count: int) -> list[dict[str, Any]]:
        """Return the order's failed messages once there are so many."""

        async def listed() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await self.ask("failed", order=self.order_id))["items"]
            return found

        async def stored() -> bool:
            return len(await listed()) >= count

        await until(stored, SECONDS)
        return await listed()

    async def act(self, path: str, **body: str) -> None:
        """Do something on the console."""
        async with self.http.post(f"{self.stack.url('console')}/api/{path}", json=body):
            pass

    async def events(self, count: int) -> list[dict[str, Any]]:
        """Return the events about the order once there are so many, by the time they happened."""
        found: dict[str, dict[str, Any]] = {}
        name = f"projects/{self.stack.project}/subscriptions/{self.subscription}"
        url = f"http://{self.stack.emulators.pubsub}/v1/{name}:pull"

        async def published() -> bool:
            async with self.http.post(url, json={"maxMessages": 100, "returnImmediately": True}) as response:
                received = (await response.json()).get("receivedMessages", [])
            for message in (each["message"] for each in received):
                data = json.loads(base64.b64decode(message["data"]))
                if data["orderId"] == self.order_id:
                    kind = message["attributes"]["eventType"]
                    found[message["attributes"]["eventId"]] = {"eventType": kind, **data}
            return len(found) >= count

        await until(published, SECONDS)
        return sorted(found.values(), key=lambda each: each["occurredAt"])

    async def ask(self, path: str, **query: str) -> Any:
        """Ask the console."""
        url = f"{self.stack.url('console')}/api/{path}"
        async with self.http.get(url, params=query) as response:
            return await response.json()


@pytest.fixture
async def partner(stack: StackClient) -> AsyncIterator[Partner]:
    """Yield a partner of the stack without any faults."""
    cipher = Cipher(read_keyset(Path(stack.env["KEYSET_FILE"])))
    await stack.clear_faults()
    async with (
        adapter_fixtures.firestore(stack.emulators.firestore, stack.project) as rpc,
        aiohttp.ClientSession(raise_for_status=True) as http,
    ):
        name = f"partner-{uuid.uuid4()}"
        project = f"projects/{stack.project}"
        url = f"http://{stack.emulators.pubsub}/v1/{project}/subscriptions/{name}"
        async with http.put(url, json={"topic": f"{project}/topics/order-events"}):
            pass
        yield Partner(stack, adapter_fixtures.store_over(rpc, cipher), http, f"QC-{uuid.uuid4()}", name)
        async with http.delete(url):
            pass


async def test_notation_is_forgiven(partner: Partner) -> None:
    """Whole numbers in any notation, blanks around ids, names in any script, advice in any spelling."""
    sku = f"PAN-{partner.order_id}"
    order = write.order(partner.order_id, write.line(1, sku, 3, 10.00), customer="CUST-000010", force=True)
    order["lineItems"][0] |= {"lineNumber": 1.0, "quantity": 3.0}
    parcel = write.parcel(partner.order_id, "SHIP-1", (1, sku, 1), at="2024-01-10T16:00:00Z")
    parcel |= {"trackingNumber": "TH123 ", "carrier": "KERRY\u00a0ไปรษณีย์\u200bไทย"}
    short = write.shortage(partner.order_id, 1, sku, 3, 2)

    await partner.publish("order-create", order)
    await partner.publish("inventory-update", write.count(sku, 40) | {"onHand": 40.0})
    await partner.publish("ship-events", parcel)
    await partner.publish("short-events", short, severity="high", timestamp="2024-01-10T20:00:00")

    changed = await partner.order_with("order.partially_shipped", "order.shorted")
    shorted = next(each for each in changed.history if each.event == "order.shorted")
    assert changed.line_items[0].quantity == 3
    assert (changed.shipments[0].tracking_number, changed.shipments[0].carrier) == (
        "TH123",
        parcel["carrier"],
    )
    assert shorted.at == datetime(2024, 1, 10, 13, tzinfo=UTC)
    stock = stock_ref(write.LOCATION, sku)

    async def counted() -> bool:
        return isinstance((await partner.store.load("none", [stock])).state.get(stock), Stock)

    await until(counted, SECONDS)


async def test_no_message_vanishes(partner: Partner) -> None:
    """Unknown event types and disguising characters end as failed messages, shown as they are."""
    parcel = write.parcel(partner.order_id, "SHIP-1", (1, "PAN", 1), at="2024-01-10T16:00:00Z")
    for attributes in UNKNOWN_TYPES:
        await partner.publish("fulfillment-events", parcel, **attributes)
    await partner.publish("ship-events", parcel | {"trackingNumber": "TH\u202e1", "carrier": "KER\u202eYR"})

    failed = await partner.failed(4)

    reasons = sorted((each["cause"]["reason"], each["subscription"]) for each in failed)
    assert reasons == [
        ("contract.invalid", "ship-events-direct-sub"),
        *[("envelope.unknown_event_type", "fulfillment-events-unmatched-sub")] * 3,
    ]
    (broken,) = (each for each in failed if each["cause"]["reason"] == "contract.invalid")
    assert "trackingNumber: must have printable characters only, without U+202E" in broken["cause"]["detail"]
    shown = (await partner.ask(f"failed/{broken['id']}/payload"))["text"]
    assert "\\u202e" in shown
    assert "\u202e" not in shown


async def test_producers_learn_of_failures_and_consumers_get_the_order(partner: Partner) -> None:
    """An order with a wrong total fails, is discarded and sent again, right: events say all of it."""
    order = write.order(partner.order_id, write.line(1, "PAN", 3, 10.00), customer="CUST-000011", force=True)
    wrong = order | {"payment": order["payment"] | {"amount": 1.00}}

    await partner.publish("order-create", wrong, correlationId="corr-1")
    (failed,) = await partner.failed(1)
    await partner.act(f"failed/{failed['id']}/discard", reason="sent again")
    await partner.act("retry-deferred")
    await partner.publish("order-create", order)
    await partner.order_with("order.created")

    events = {each.get("status", ""): each for each in await partner.events(4)}
    stored, discarded = events["FAILED"], events["DISCARDED"]
    assert (stored["reason"], stored["source"]) == ("order.totals_mismatch", "QC-SMF")
    assert stored["correlationId"] == "corr-1"
    assert stored["detail"] == "payment.amount: must equal totals.total"
    assert stored["failedMessageId"] == discarded["failedMessageId"] == failed["id"]
    assert stored["originalMessageId"]
    assert stored["originalMessageId"] == discarded["originalMessageId"]
    created = events["ALLOCATED"]
    assert (created["eventType"], created["orderVersion"], created["linesOmitted"]) == (
        "order.created",
        1,
        False,
    )
    assert [(each["sku"], each["quantity"], each["unitPriceMinor"]) for each in created["lines"]] == [
        ("PAN", 3, 1000)
    ]
