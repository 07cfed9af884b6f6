"""Other work goes on while a customer is erased."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from unittest import mock

import httpx2
import pytest

from shared.consumer.function_answer import DryRunResult
from shared.contracts.outgoing import OutgoingMessage
from shared.failed_messages.bulk_operation import BulkAction, BulkStatus
from shared.failed_messages.bulk_operations import BulkRequest
from shared.failed_messages.errors import NotFound
from shared.failed_messages.function_client import FunctionClient, PushRequest
from shared.gcp.firestore.writes import delete
from shared.maintenance.erase import Eraser
from tests import messages
from tests.emulator.failed_messages.bulk import FAST, finished
from tests.emulator.failed_messages.console_backend import (
    ConsoleBackend,
    broken,
    outage,
)
from tests.emulator.maintenance.encrypted_documents import CUSTOMER, OTHER, Store, report

pytestmark = pytest.mark.emulator


async def test_an_erasure_stops_no_bulk_operation(backend: ConsoleBackend, store: Store) -> None:
    """Messages of a customer who was erased meanwhile are skipped: one that failed, and a later one."""
    orders = (
        (broken("QC-0"), CUSTOMER),
        (messages.order("QC-1"), CUSTOMER),
        (messages.order("QC-2"), OTHER),
    )
    ids = [
        await backend.fail(order | {"customerId": customer}, ordering_key=customer)
        for order, customer in orders
    ]
    request = BulkRequest(
        action=BulkAction.REPLAY, message_ids=tuple(ids), confirmed=3, max_failures=1, rate=FAST
    )
    run = await backend.services.bulk.start(request, by="ann@x")
    run = await backend.services.bulk.advance(run.id, limit=1)
    assert (run.failed, run.running) == (1, True)

    assert await Eraser(*store.parts).erase(CUSTOMER) == report(failed=2)
    run = await finished(backend, run)

    assert (run.status, run.done, run.skipped, run.failed) == (BulkStatus.DONE, 1, 1, 1)


async def test_an_erasure_stops_no_automatic_replay(backend: ConsoleBackend, store: Store) -> None:
    """A due message that is deleted before its turn is left out; the one after it has its turn."""
    for number, customer in enumerate((OTHER, CUSTOMER, OTHER)):
        order = messages.order(f"QC-{number}", customerId=customer)
        await backend.fail(order, ordering_key=customer, **outage())

    async def erase(_: httpx2.Request) -> None:
        backend.transport.before = None
        assert await Eraser(*store.parts).erase(CUSTOMER) == report(failed=1)

    backend.transport.before = erase

    assert (await backend.services.automatic_replay.replay_due()).resolved == 2


async def test_an_erasure_stops_no_notice(backend: ConsoleBackend, store: Store) -> None:
    """A message that is deleted while its notice is published does not stop the notices of others."""
    for number, customer in enumerate((CUSTOMER, CUSTOMER, OTHER)):
        message_id = await backend.fail({**broken(f"QC-{number}"), "customerId": customer})
        await backend.services.messages.discard(message_id, by="operator", reason="a test")
    published: list[OutgoingMessage] = []

    class ErasingPublisher:
        async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
            published.extend(messages)
            await Eraser(*store.parts).erase(CUSTOMER)

    notices = replace(backend.services.automatic_replay.notices, publisher=ErasingPublisher())

    await notices.publish_due()

    assert len(published) == 3
    assert not await notices.repository.list_notices_due(1)


async def test_no_edit_outlives_its_message(backend: ConsoleBackend, store: Store) -> None:
    """The customer is erased while the function checks the edit; an edit that was left alone goes, too."""
    data = json.dumps(messages.order("QC-BROKEN", customerId=CUSTOMER)).encode()
    noise = random.Random(1).randbytes(1_000_000).hex()  # noqa: S311 - repeatable
    large = json.dumps(messages.order("QC-BROKEN", customerId=CUSTOMER, note=noise)).encode()
    failed = await backend.fail({**broken("QC-BROKEN"), "customerId": CUSTOMER})
    left = await backend.fail({**broken("QC-BROKEN-2"), "customerId": OTHER})
    await backend.services.messages.save_edit(left, data, by="ann@x")
    await store.rpc.commit([delete(store.rpc.name(f"failed_messages/{left}"))])
    check = FunctionClient.dry_run

    async def erase_first(client: FunctionClient, request: PushRequest) -> DryRunResult:
        assert await Eraser(*store.parts).erase(CUSTOMER) == report(failed=2)
        return await check(client, request)

    with mock.patch.object(FunctionClient, "dry_run", erase_first), pytest.raises(NotFound):
        await backend.services.messages.save_edit(failed, large, by="ann@x")

    assert await store.all("edits") == []
    assert await store.all("pages") == []  # no chunk of the large edit


async def test_unpublished_events_are_erased_later(backend: ConsoleBackend, store: Store) -> None:
    """A claim keeps its events until they are published, and counts as to be tried again."""
    await store.create(backend, "QC-CUSTOMER", CUSTOMER)
    (claim,) = await store.all("processed_messages")
    await store.write(claim, {"sentAt": None})

    assert await Eraser(*store.parts).erase(CUSTOMER) == report(orders=1, again=1)
