"""The integration scenarios of requirements 10.1, each on the whole stack: emulators, relay, functions."""

import base64
import io
import itertools
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.idempotency import Claim, claim_id
from shared.domain.order import Order, OrderStatus
from shared.domain.refs import order_ref
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import read_keyset
from tests import messages
from tests.emulator import adapter_fixtures
from tests.lab.stack.client import StackClient
from tests.lab.stack.fault_plan import Fault
from tests.lab.stack.polling import until

pytestmark = pytest.mark.emulator

SUBSCRIPTION = "order-create-sub"
ATTEMPTS = 5
VOLUME = 300
"""Orders published at once; how many a second an instance carries is measured by `make bench`."""

MANY_LINES = 20_000
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Scenario:
    """The running stack, and what is stored on it."""

    stack: StackClient
    store: FirestoreStore
    http: aiohttp.ClientSession

    async def publish(self, *orders: Mapping[str, Any], key: str = "") -> list[str]:
        """Publish orders to `order-create` in one call; return their message ids."""
        wired = [{"data": _encoded(each)} | ({"orderingKey": key} if key else {}) for each in orders]
        topic = f"projects/{self.stack.project}/topics/order-create"
        url = f"http://{self.stack.emulators.pubsub}/v1/{topic}:publish"
        body = io.BytesIO(json.dumps({"messages": wired}).encode())
        async with self.http.post(url, data=body, headers=JSON) as response:
            ids: list[str] = (await response.json())["messageIds"]
            return ids

    async def order(self, order_id: str) -> Order | None:
        """Read an order."""
        ref = order_ref(order_id)
        found = (await self.store.load("none", [ref])).state.get(ref)
        return found if isinstance(found, Order) else None

    async def created(self, order_id: str) -> Order:
        """Return an order once it is stored."""
        await until(lambda: self._exists(order_id), 60)
        order = await self.order(order_id)
        assert order is not None
        return order

    async def claim(self, order_id: str) -> Claim:
        """Read the record that an order was created."""
        claim = (await self.store.load(claim_id("order_create", order_id), [])).claim
        assert claim is not None
        return claim

    async def acknowledged(self, at_least: int) -> None:
        """Return when this number of orders was acknowledged since the stack was started."""

        async def counted() -> bool:
            return (await self.stack.counts())[SUBSCRIPTION].acknowledged >= at_least

        await until(counted, 60)

    async def failure_reasons(self, order_id: str) -> list[str]:
        """Return why messages about an order are kept as failed."""
        query = {
            "from": [{"collectionId": "failed_messages"}],
            "where": {
                "fieldFilter": {
                    "field": {"fieldPath": "orderId"},
                    "op": "EQUAL",
                    "value": {"stringValue": order_id},
                }
            },
        }
        database = f"projects/{self.stack.project}/databases/(default)/documents"
        url = f"http://{self.stack.emulators.firestore}/v1/{database}:runQuery"
        owner = {"Authorization": "Bearer owner"}
        async with self.http.post(url, json={"structuredQuery": query}, headers=owner) as response:
            found = [each["document"]["fields"] for each in await response.json() if "document" in each]
        return [each["failureReason"]["stringValue"] for each in found]

    async def _exists(self, order_id: str) -> bool:
        return await self.order(order_id) is not None


@pytest.fixture
async def scenario(stack: StackClient) -> AsyncIterator[Scenario]:
    """Yield the stack without any faults."""
    cipher = Cipher(read_keyset(Path(stack.env["KEYSET_FILE"])))
    await stack.clear_faults()
    async with (
        adapter_fixtures.firestore(stack.emulators.firestore, stack.project) as rpc,
        aiohttp.ClientSession(raise_for_status=True) as http,
    ):
        yield Scenario(stack, adapter_fixtures.store_over(rpc, cipher), http)
    await stack.clear_faults()


@pytest.fixture
def order_id() -> str:
    """Return an order id of this test's own."""
    return f"QC-{uuid.uuid4()}"


async def test_1_happy_path(scenario: Scenario, order_id: str) -> None:
    """An order is created, allocated as it asks, published, and acknowledged."""
    before = (await scenario.stack.counts())[SUBSCRIPTION]

    (message_id,) = await scenario.publish(messages.order(order_id))

    order = await scenario.created(order_id)
    await scenario.acknowledged(before.acknowledged + 1)
    claim = await scenario.claim(order_id)
    assert (order.status, order.totals.total_minor) == (OrderStatus.ALLOCATED, 133398)
    assert claim.message_id == message_id
    assert (await scenario.stack.counts())[SUBSCRIPTION].failed == before.failed


async def test_2_duplicate_message(scenario: Scenario, order_id: str) -> None:
    """The same order again is acknowledged and changes nothing."""
    before = (await scenario.stack.counts())[SUBSCRIPTION].acknowledged
    (first,) = await scenario.publish(messages.order(order_id))
    order = await scenario.created(order_id)
    await scenario.acknowledged(before + 1)

    await scenario.publish(messages.order(order_id))
    await scenario.acknowledged(before + 2)

    again = await scenario.created(order_id)  # its reservation may have been answered meanwhile
    assert (again.created_at, again.line_items) == (order.created_at, order.line_items)
    assert (await scenario.claim(order_id)).message_id == first


async def test_3_validation_failure(scenario: Scenario, order_id: str) -> None:
    """An order that breaks its contract is tried five times, then kept as failed with the reason."""
    before = (await scenario.stack.counts())[SUBSCRIPTION]

    await scenario.publish(messages.order(order_id, lineItems=[]))

    async def kept() -> bool:
        return await scenario.failure_reasons(order_id) == ["contract.invalid"]

    await until(kept, 60)
    after = (await scenario.stack.counts())[SUBSCRIPTION]
    assert after.delivered - before.delivered == ATTEMPTS
    assert await scenario.order(order_id) is None


async def test_4_processing_error(scenario: Scenario, order_id: str) -> None:
    """After two failed commits an order is delivered again until it is created."""
    before = (await scenario.stack.counts())[SUBSCRIPTION]
    await scenario.stack.faults(Fault(method="Commit", contains=order_id, times=2))

    await scenario.publish(messages.order(order_id))

    await scenario.created(order_id)
    await scenario.acknowledged(before.acknowledged + 1)
    after = (await scenario.stack.counts())[SUBSCRIPTION]
    assert after.failed - before.failed >= 2
    assert after.dead_lettered == before.dead_lettered


async def test_5_high_volume(scenario: Scenario, order_id: str) -> None:
    """Of hundreds of orders published at once every one is created, and each by its own message."""
    orders = [messages.order(f"{order_id}-{number}") for number in range(VOLUME)]
    before = (await scenario.stack.counts())[SUBSCRIPTION].acknowledged

    ids = await scenario.publish(*orders)
    await scenario.acknowledged(before + VOLUME)

    claims = [await scenario.claim(each["orderId"]) for each in orders]
    assert [claim.message_id for claim in claims] == ids


async def test_6_out_of_order(scenario: Scenario, order_id: str) -> None:
    """A customer's orders are created as they were placed, though the first of them fails at first."""
    orders = [messages.order(f"{order_id}-{number}") for number in range(5)]
    before = (await scenario.stack.counts())[SUBSCRIPTION].acknowledged
    await scenario.stack.faults(Fault(method="Commit", contains=f"{order_id}-0", times=2))

    await scenario.publish(*orders, key=order_id)
    await scenario.acknowledged(before + len(orders))

    times = [(await scenario.claim(each["orderId"])).processed_at for each in orders]
    assert all(earlier < later for earlier, later in itertools.pairwise(times))


async def test_7_large_message(scenario: Scenario, order_id: str) -> None:
    """An order far larger than a document is created with every line; `test_large_messages` goes to 10 MB."""
    lines = [messages.line(number) for number in range(1, MANY_LINES + 1)]
    before = (await scenario.stack.counts())[SUBSCRIPTION].acknowledged

    await scenario.publish(messages.order_of(lines, order_id))

    order = await scenario.created(order_id)
    await scenario.acknowledged(before + 1)
    assert len(order.line_items) == MANY_LINES
    assert order.totals.sub_total_minor == MANY_LINES * 125


def _encoded(order: Mapping[str, Any]) -> str:
    return base64.b64encode(json.dumps(order).encode()).decode()
