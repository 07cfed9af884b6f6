"""Messages as large as Pub/Sub takes them, through the functions' own processes."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from shared.consumer.entity_documents import document_path
from shared.consumer.idempotency import delivery_fingerprint
from shared.contracts.envelope import parse_push
from shared.contracts.order_create import OrderCreate
from shared.domain.order import Order
from shared.domain.refs import order_ref
from shared.failed_messages.repository import FailedMessageRepository
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import read_keyset
from tests.emulator import adapter_fixtures
from tests.emulator.consumer.creation import OrderCreation, order_creation
from tests.examples import SUPPLIED
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.function_process import FunctionProcess
from tests.lab.stack.functions import environments, serving, sources
from tests.lab.stack.output import to_files
from tests.lab.stack.polling import until
from tests.lab.stack.relay.message import Message
from tests.lab.stack.topology import load
from tests.messages import ATTRIBUTES, ORDER_CREATE, PUBLISHED, line, order_of, push

pytestmark = pytest.mark.emulator

NO_QUERIES: Any = None

MESSAGE_LIMIT = 10_000_000
"""Bytes that Pub/Sub takes, attributes and all."""
MEMORY_LIMIT = 512 << 20
ORDER_ID = "QC-LARGE"


@dataclass(frozen=True)
class Running:
    """Both functions as processes of their own, with what they wrote."""

    creation: OrderCreation
    processes: Mapping[str, FunctionProcess]

    async def push(self, function: str, body: bytes) -> int:
        """Post a push; return the status it is answered with."""
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.processes[function].url, data=io.BytesIO(body)) as answer,
        ):
            return answer.status

    def peak_memory(self, function: str) -> int:
        """Return the most bytes that any process of a function ever held in memory."""
        master = psutil.Process(self.processes[function].pid)
        return max(_peak(process) for process in [master, *master.children(recursive=True)])


def _peak(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


@cache
def large_order(total_error: float = 0.0) -> bytes:
    """Return an order with as many lines as fit a message; its total is wrong by an amount."""
    count = 90_000
    size = len(_written(_order_of(count, total_error)))
    per_line = size / count
    count = int(count * (MESSAGE_LIMIT - 2_000) / size)
    data = _written(_order_of(count, total_error))
    assert MESSAGE_LIMIT - 2_000 - 2 * per_line < len(data) < MESSAGE_LIMIT - 1_000
    return data


def _order_of(count: int, total_error: float) -> dict[str, Any]:
    lines = [
        line(number, sku=f"SKU-{number * 7919 % 999_983:016}") for number in range(100_000, 100_000 + count)
    ]
    order = order_of(lines, ORDER_ID)
    order["totals"]["total"] += total_error
    return order


def _written(order: Mapping[str, Any]) -> bytes:
    return json.dumps(order, separators=(",", ":")).encode()


@pytest.fixture
async def running(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[Running]:
    """Yield the functions `order_create` and `dlq`, each in a process of its own."""
    topology, names = load(), ("order_create", "dlq")
    async with order_creation(emulators, project, tmp_path) as creation:
        keyset = Path(creation.environ["KEYSET_FILE"])
        environs = environments(topology, names, project, emulators, keyset)
        async with serving(sources(topology, names), environs, to_files(tmp_path / "logs")) as processes:
            yield Running(creation, processes)


async def test_an_order_as_large_as_a_message_is_created(running: Running, emulators: Emulators) -> None:
    """About 90,000 lines become visible at one moment, whole, within the memory of the smallest instance."""
    data = large_order()
    body = push(data)
    async with asyncio.TaskGroup() as tasks:
        delivery = tasks.create_task(running.push("order_create", body))
        await until(lambda: _visible(running, emulators), timeout=90)
        assert _differing(await _stored(running), _expected(data)) == {"created_at", "updated_at", "position"}

    assert delivery.result() == 204
    assert await running.push("order_create", push(data, message_id="1002")) == 204
    assert await running.creation.documents() == {"orders": 1, "processed_messages": 1, "failed_messages": 0}
    events = {event.attributes["eventId"]: event for event in await running.creation.published()}
    assert len(events) == 4
    _assert_lines_are_omitted(events.values(), data)
    peak = running.peak_memory("order_create")
    assert peak < MEMORY_LIMIT, f"{peak >> 20} MiB"


async def test_a_rejected_message_as_large_as_can_be_is_kept_whole(
    running: Running, emulators: Emulators
) -> None:
    """A large order with wrong totals is rejected; dead-lettered, it is kept byte for byte."""
    data = large_order(total_error=0.01)
    origin = {
        "CloudPubSubDeadLetterSourceSubscription": "order-create-sub",
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceTopicPublishTime": PUBLISHED,
    }

    assert await running.push("order_create", push(data, attempt=5)) == 422
    dead_letter = push(
        data, subscription="order-create-dlq-sub", attributes=ATTRIBUTES | origin, attempt=None
    )
    assert await running.push("dlq", dead_letter) == 204

    assert await running.creation.documents() == {"orders": 0, "processed_messages": 0, "failed_messages": 1}
    rejected = parse_push(push(data))
    fingerprint = delivery_fingerprint("order-create-sub", rejected.publish_time, data, rejected.attributes)
    async with adapter_fixtures.firestore(emulators.firestore, running.creation.project) as rpc:
        kept = await FailedMessageRepository(rpc, NO_QUERIES, _cipher(running)).find_dead_letter(fingerprint)
    assert kept is not None
    assert (len(kept.dead_letter.data), sha256(kept.dead_letter.data).digest()) == (
        len(data),
        sha256(data).digest(),
    )
    assert (kept.failure_reason.slug, kept.attempts) == ("order.totals_mismatch", 5)
    assert max(running.peak_memory(name) for name in running.processes) < MEMORY_LIMIT


async def _visible(running: Running, emulators: Emulators) -> bool:
    path = document_path(order_ref(ORDER_ID))
    async with adapter_fixtures.firestore(emulators.firestore, running.creation.project) as rpc:
        return path in await rpc.get([path])


async def _stored(running: Running) -> Order:
    stored = (await running.creation.loaded(ORDER_ID)).state[order_ref(ORDER_ID)]
    assert isinstance(stored, Order)
    return stored


def _assert_lines_are_omitted(events: Iterable[Message], data: bytes) -> None:
    """Check that the event of the created order counts the lines instead of listing them."""
    (event,) = (each for each in events if each.attributes["eventType"] == "order.created")
    created = json.loads(event.data)
    assert (created["linesOmitted"], created["lines"]) == (True, [])
    assert created["lineCount"] == len(json.loads(data)["lineItems"])


def _expected(data: bytes) -> Order:
    message = OrderCreate.parse(data, SUPPLIED)
    (order,) = ORDER_CREATE.decide({}, message.to_command(), message.order_date).changes
    assert isinstance(order, Order)
    return order


def _differing(one: Order, other: Order) -> set[str]:
    """Name the fields that differ: a failed comparison of whole orders would be explained at length."""
    return {name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name)}


def _cipher(running: Running) -> Cipher:
    return Cipher(read_keyset(Path(running.creation.environ["KEYSET_FILE"])))
