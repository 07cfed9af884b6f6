"""Whatever is published or posted: it ends as an order, or whole among the failed messages, or is refused."""

import asyncio
import contextlib
import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from shared.domain.refs import order_ref
from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.failed_messages.documents import document_id
from shared.failed_messages.payload_facts import read_facts
from shared.failed_messages.repository import FailedMessageRepository
from shared.gcp.channel import open_channel
from shared.gcp.firestore.query import FirestoreQueries, Op, Selection
from shared.gcp.firestore.rpc import EMULATOR_OWNER, FirestoreRpc
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import read_keyset
from tests.emulator import adapter_fixtures
from tests.emulator.consumer.hostile import MOST_LINES, Row, answered_as, requests, rows
from tests.lab.stack.client import StackClient
from tests.lab.stack.polling import until
from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.pubsub import PubSub
from tests.sizes import sized

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

PATIENCE = 200.0
MAX_ATTEMPTS = 5


@dataclass(frozen=True)
class Kept:
    """What the stack keeps, read as the functions read it."""

    rpc: FirestoreRpc
    queries: FirestoreQueries
    cipher: Cipher

    async def failed(self, correlation: str) -> StoredDeadLetter | None:
        """Find the message of `order-create` that was published with a correlation id, and failed."""
        where = (
            ("attributes.correlationId", Op.EQUAL, correlation),
            ("originalSubscription", Op.EQUAL, "order-create-sub"),
        )
        marked = Selection(collection="failed_messages", where=where)
        found, _ = await self.queries.page(marked, 1)
        return await self._repository().find_dead_letter(document_id(found[0])) if found else None

    def _repository(self) -> FailedMessageRepository:
        return FailedMessageRepository(self.rpc, self.queries, self.cipher)

    async def ordered(self, order_id: str | None) -> bool:
        """Return whether an order with this id exists."""
        ref = order_ref(order_id or "")
        return ref in (await adapter_fixtures.store_over(self.rpc, self.cipher).load("none", [ref])).state


@pytest.fixture
async def kept(stack: StackClient) -> AsyncIterator[Kept]:
    """Yield what the stack keeps."""
    async with open_channel(stack.emulators.firestore, "") as channel:
        yield Kept(
            FirestoreRpc(channel, stack.project, metadata=EMULATOR_OWNER),
            FirestoreQueries(channel, stack.project, metadata=EMULATOR_OWNER),
            Cipher(read_keyset(Path(stack.env["KEYSET_FILE"]))),
        )


def correlation(name: str) -> str:
    """Return what a row's message is found by."""
    return "hostile-" + re.sub(r"\W+", "-", name)


async def publish(stack: StackClient, name: str, row: Row) -> None:
    """Publish a row's message to `order-create`."""
    attributes = {**row.attributes, "correlationId": correlation(name)}
    message = Message(row.data, attributes, "", datetime.now(UTC), row.ordering_key)
    async with PubSub(stack.emulators.pubsub) as pubsub:
        await pubsub.publish(f"projects/{stack.project}/topics/order-create", message)


async def test_whatever_is_published_ends_as_an_order_or_whole_among_the_failed(
    stack: StackClient, kept: Kept
) -> None:
    """Each message is stored whole with the reason it was refused for, or is an order; none is lost."""
    published = rows(sized(MOST_LINES, MOST_LINES // 10))  # of the whole size test_hostile_memory pushes each
    for name, row in published.items():
        await publish(stack, name, row)

    async def ended(name: str, row: Row) -> bool:
        if row.reason is None:
            return await kept.ordered(read_facts(row.data).order_id)
        return await kept.failed(correlation(name)) is not None

    await asyncio.gather(*(until(partial(ended, name, row), PATIENCE) for name, row in published.items()))
    found = {name: await kept.failed(correlation(name)) for name in published}
    assert {name: failed.failure_reason.slug if failed else None for name, failed in found.items()} == {
        name: row.reason for name, row in published.items()
    }
    assert [name for name, row in published.items() if not _whole(found[name], name, row)] == []
    attempts = {failed.attempts for failed in found.values() if failed}
    assert attempts <= {*range(1, MAX_ATTEMPTS + 1)}  # fewer beyond the nack budget, which this flood exceeds
    assert max(attempts) > 1  # within it they are redelivered


def _whole(failed: StoredDeadLetter | None, name: str, row: Row) -> bool:
    if failed is None:
        return row.reason is None
    dead_letter, attributes = failed.dead_letter, {**row.attributes, "correlationId": correlation(name)}
    origin = (dead_letter.subscription, dead_letter.topic, failed.failure_reason.error_type)
    kept = (dead_letter.data, dead_letter.attributes, dead_letter.ordering_key)
    return kept == (row.data, attributes, row.ordering_key) and origin == (
        "order-create-sub",
        "order-create",
        "rejected",
    )


async def test_what_is_no_push_of_ours_is_refused(stack: StackClient) -> None:
    """A request that Pub/Sub would not send is answered 400, 413 or 422 by every function."""
    async with aiohttp.ClientSession() as http:
        for function in ("order_create", "dlq"):
            for name, (body, status) in requests(stack.project).items():
                async with http.post(stack.url(function), data=io.BytesIO(body)) as answer:
                    assert answered_as(answer, status), (name, answer.status)
                    assert await answer.read() == b""


async def test_a_body_without_end_is_read_no_further_than_a_push_can_be_long(stack: StackClient) -> None:
    """Of a body that goes on for ever the function takes what one push could have, and answers 413."""
    url = urlsplit(stack.url("order_create"))
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(b"POST / HTTP/1.1\r\nHost: function\r\nTransfer-Encoding: chunked\r\n\r\n")
    answered = asyncio.create_task(reader.readline())
    sent = 0
    while not answered.done():
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        sent += 0x10000
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        await asyncio.sleep(0)

    assert (await answered).startswith(b"HTTP/1.1 413 ")
    assert 16_000_000 < sent < 64_000_000
    writer.transport.abort()
