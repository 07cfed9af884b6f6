"""One large order on a stack of its own: created, reserved in parts, released, shipped and captured."""

import asyncio
import json
import os
import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from shared.consumer.entity_documents import document_path, to_fields
from shared.consumer.firestore_store import FirestoreStore
from shared.domain.order import Order, OrderStatus
from shared.domain.refs import order_ref
from shared.domain.stock import Stock
from shared.gcp.channel import open_channel
from shared.gcp.firestore.query import FirestoreQueries, Op, Selection
from shared.gcp.firestore.rpc import EMULATOR_OWNER, FirestoreRpc
from shared.gcp.firestore.writes import set_document
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import read_keyset
from tests.lab.stack.demo import messages as write
from tests.lab.stack.polling import until
from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.stack import Stack

FUNCTIONS = ("order_create", "inventory", "payment", "order_release", "ship")
ORDER_ID = "QC-LARGE"
COUNTED = 10
PARCELS = 2
PER_CALL = 500
"""Stock documents that one call writes."""

STEP_TIMEOUT_S = 1_800.0


@dataclass
class DrillResult:
    """Seconds of each step, and bytes that each function held at most.

    Attributes:
        departed: skus with one unit less on hand, and none reserved.
    """

    lines: int
    payload_bytes: int
    seconds: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)
    departed: int = 0
    status: str = ""
    captured_minor: int = 0


class _Client:
    """Publishes, and reads what is stored."""

    def __init__(self, stack: Stack, pubsub: PubSub, rpc: FirestoreRpc, queries: FirestoreQueries) -> None:
        self.rpc = rpc
        self.queries = queries
        self._stack = stack
        self._pubsub = pubsub
        cipher = Cipher(read_keyset(Path(stack.environment["KEYSET_FILE"])))
        self._store = FirestoreStore(rpc, cipher, lambda _: None)
        self.cipher = cipher

    async def publish(self, topic: str, data: Mapping[str, Any], event_type: str = "") -> int:
        """Publish a message; return the bytes of its payload."""
        payload = json.dumps(data, separators=(",", ":")).encode()
        attributes = {"eventType": event_type} if event_type else {}
        message = Message(
            data=payload,
            attributes=attributes,
            message_id="",
            publish_time=datetime.now(UTC),
            ordering_key=data.get("customerId", ""),
        )
        await self._pubsub.publish(f"projects/{self._stack.project}/topics/{topic}", message)
        return len(payload)

    async def order(self) -> Order | None:
        """Read the order."""
        found = (await self._store.load("none", [order_ref(ORDER_ID)])).state.get(order_ref(ORDER_ID))
        return found if isinstance(found, Order) else None


async def run(
    lines: int, log: Callable[[str], None], heap: int, emulators: Mapping[str, str] | None = None
) -> DrillResult:
    """Run one order, on given emulators or new ones; each of its lines has a sku of its own."""
    project = f"large-{uuid.uuid4().hex[:8]}"
    environ = {**_environ(), **(emulators or {})}
    stack = Stack(
        lambda *_: None, project=project, time_scale=0.2, only=FUNCTIONS, environ=environ, heap=heap
    )
    async with (
        stack,
        PubSub(stack.emulators.pubsub) as pubsub,
        open_channel(stack.emulators.firestore, "") as channel,
    ):
        rpc = FirestoreRpc(channel, project, metadata=EMULATOR_OWNER)
        queries = FirestoreQueries(channel, project, metadata=EMULATOR_OWNER)
        client = _Client(stack, pubsub, rpc, queries)
        result = await _play(client, lines, log)
        result.peaks = {name: peak_bytes(process.pid) for name, process in stack.processes.items()}
    return result


async def _play(client: _Client, lines: int, log: Callable[[str], None]) -> DrillResult:
    order = large_order(lines)
    skus = [line["sku"] for line in order["lineItems"]]
    await _stock(client, skus)
    result = DrillResult(lines, len(json.dumps(order, separators=(",", ":")).encode()))
    total = order["totals"]["total"]

    async def step(name: str, topic: str, data: Mapping[str, Any], reached: Callable[[Order], bool]) -> None:
        started = time.monotonic()
        await client.publish(topic, data, "SHIP" if topic == "ship-events" else "")
        await _until_order(client, reached)
        result.seconds[name] = round(time.monotonic() - started, 1)
        log(f"  {name}: {result.seconds[name]} s")

    await step("created and reserved", "order-create", order, _has_status(OrderStatus.ALLOCATED))
    authorisation = write.authorisation(ORDER_ID, total)
    await step(
        "authorised", "payment-authorized", authorisation, lambda each: bool(each.payment.authorizations)
    )
    await step("released", "order-release", write.release(ORDER_ID), _has_status(OrderStatus.RELEASED))
    for number, items in enumerate(_parcels(order), start=1):
        parcel = write.parcel(ORDER_ID, f"SHIP-{number}", *items, at=f"2024-01-10T15:0{number}:00Z")
        await step(f"parcel {number}", "ship-events", parcel, _has_parcels(number))
    capture = write.capture(ORDER_ID, total)
    await step("captured", "payment-captured", capture, lambda each: bool(each.payment.captures))
    started = time.monotonic()
    result.departed = await _until_departed(client, lines)
    result.seconds["stock counted down, after that"] = round(time.monotonic() - started, 1)
    found = await client.order()
    assert found is not None
    result.status = found.status
    result.captured_minor = sum(each.amount_minor for each in found.payment.captures)
    return result


def large_order(lines: int) -> dict[str, Any]:
    """Write an order that is not allocated by force."""
    items = [
        write.line(number, f"SKU-{number * 7919 % 999_983:016}", 1, 1.25)
        for number in range(100_000, 100_000 + lines)
    ]
    return write.order(ORDER_ID, *items, customer="CUST-000001")


def _parcels(order: Mapping[str, Any]) -> Sequence[list[tuple[int, str, int]]]:
    items = [(line["lineNumber"], line["sku"], line["quantity"]) for line in order["lineItems"]]
    return [items[number::PARCELS] for number in range(PARCELS)]


async def _stock(client: _Client, skus: Sequence[str]) -> None:
    """Store counted stock, as counts one by one would."""
    at = datetime(2024, 1, 10, 9, tzinfo=UTC)
    for start in range(0, len(skus), PER_CALL):
        writes = []
        for sku in skus[start : start + PER_CALL]:
            stock = Stock(location_id=write.LOCATION, sku=sku, on_hand=COUNTED, reserved=0, updated_at=at)
            path = document_path(stock.ref)
            writes.append(set_document(client.rpc.name(path), to_fields(stock, path, client.cipher)[0]))
        await client.rpc.batch_write(writes)


async def _until_order(client: _Client, reached: Callable[[Order], bool]) -> None:
    async def is_reached() -> bool:
        order = await client.order()
        await asyncio.sleep(0.5)  # reading 10 MB takes processor time from the functions
        return order is not None and reached(order)

    await until(is_reached, STEP_TIMEOUT_S)


async def _until_departed(client: _Client, lines: int) -> int:
    departed = Selection(
        collection="stock", where=(("reserved", Op.EQUAL, 0), ("onHand", Op.EQUAL, COUNTED - 1))
    )
    found = 0

    async def have_departed() -> bool:
        nonlocal found
        await asyncio.sleep(2)  # the emulator counts by looking at every document
        found = await client.queries.count(departed)
        return found == lines

    await until(have_departed, STEP_TIMEOUT_S)
    return found


def _has_status(status: OrderStatus) -> Callable[[Order], bool]:
    return lambda order: order.status is status


def _has_parcels(number: int) -> Callable[[Order], bool]:
    return lambda order: len(order.shipments) == number


def _is_authorized(order: Order) -> bool:
    return bool(order.payment.authorizations)


def _environ() -> dict[str, str]:
    """Return an environment that names no emulators: a large order fills the memory of those it uses."""
    return {name: value for name, value in os.environ.items() if not name.endswith("EMULATOR_HOST")}


def peak_bytes(pid: int) -> int:
    """Return the most bytes that any process of a function ever held."""
    master = psutil.Process(pid)
    return max(_high_water(each) for each in [master, *master.children(recursive=True)])


def _high_water(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0
