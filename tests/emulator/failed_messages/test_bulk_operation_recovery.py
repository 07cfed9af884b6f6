"""A bulk operation goes on where its client or its console stopped, and keeps its rate."""

import asyncio
from datetime import timedelta

import httpx2
import pytest

from shared.failed_messages.bulk_operation import BulkAction, BulkOperation, BulkStatus
from shared.failed_messages.bulk_operations import BulkRequest
from shared.failed_messages.bulk_transitions import OPERATION_LEASE, acquire_lease
from shared.failed_messages.model import MessageStatus
from tests import messages
from tests.emulator.failed_messages.bulk import FAST, GROUP, finished, replay
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken

pytestmark = pytest.mark.emulator


async def test_only_one_request_advances_an_operation(backend: ConsoleBackend) -> None:
    """Two pages that watch the same operation replay each message once."""
    for number in range(3):
        await backend.fail(messages.order(f"QC-{number}"))
    run = await backend.services.bulk.start(replay(3), by="ann@x")

    first, second = await asyncio.gather(
        backend.services.bulk.advance(run.id), backend.another().bulk.advance(run.id)
    )

    assert len(backend.transport.deliveries) == 3
    assert sorted([first.done, second.done])[1] == 3


async def test_the_schedule_finishes_what_no_client_advances(backend: ConsoleBackend) -> None:
    """A paused operation waits; a resumed one goes on past the failures that were allowed."""
    for number in range(4):
        data = broken(f"QC-{number}") if number == 1 else messages.order(f"QC-{number}")
        customer = f"CUST-{number:06}"
        named = {"customerId": customer, "t1MembershipId": customer}
        await backend.fail(data | named, ordering_key=customer)
    request = BulkRequest(action=BulkAction.REPLAY, group_id=GROUP, confirmed=4, max_failures=1, rate=FAST)
    run = await backend.services.bulk.start(request, by="ann@x")
    await backend.services.bulk.pause(run.id, by="ann@x")

    assert await backend.services.bulk.advance_scheduled() == 0
    await backend.services.bulk.resume(run.id, by="ann@x")
    assert await backend.services.bulk.advance_scheduled() == 1

    run = await backend.services.bulk.find(run.id)
    assert (run.status, run.done, run.failed) == (BulkStatus.DONE, 3, 1)
    assert await backend.services.bulk.advance_scheduled() == 0


async def test_an_operation_is_resumed_after_its_console_crashed(backend: ConsoleBackend) -> None:
    """Its document has the progress: after its lease another request continues from there."""
    for number in range(4):
        await backend.fail(messages.order(f"QC-{number}"))
    run = await backend.services.bulk.start(replay(4), by="ann@x")
    reached = asyncio.Event()

    async def hang_at_the_second(_: httpx2.Request) -> None:
        if len(backend.transport.deliveries) == 2:
            reached.set()
            await asyncio.Event().wait()

    backend.transport.before = hang_at_the_second
    dying = asyncio.create_task(die_advancing(backend, run))
    await reached.wait()
    dying.cancel()
    await asyncio.wait([dying])
    backend.transport.before = None

    still = await backend.another().bulk.advance(run.id)
    assert (still.done, still.running) == (1, True)
    backend.later = OPERATION_LEASE + timedelta(seconds=1)
    assert still.is_stalled(backend.now())
    resumed = await finished(backend, still)

    assert (resumed.status, resumed.done, resumed.outcomes) == (BulkStatus.DONE, 4, {"processed": 4})


async def test_a_request_without_the_lease_counts_nothing(backend: ConsoleBackend) -> None:
    """It stood still while another one took over: counted twice, a message would leave another one out."""
    ids = [await backend.fail(messages.order(f"QC-{number}")) for number in range(2)]
    request = BulkRequest(action=BulkAction.REPLAY, message_ids=tuple(ids), confirmed=2, rate=FAST)
    run = await backend.services.bulk.start(request, by="ann@x")

    async def stand_still(_: httpx2.Request) -> None:
        backend.transport.before = None
        backend.later = OPERATION_LEASE + timedelta(seconds=1)
        assert (await backend.another().bulk.advance(run.id, limit=1)).done == 1

    backend.transport.before = stand_still
    assert (await backend.services.bulk.advance(run.id)).done == 1
    run = await finished(backend, await backend.services.bulk.find(run.id))

    assert (run.status, run.done, run.skipped) == (BulkStatus.DONE, 2, 0)
    assert (await backend.services.messages.find(ids[1])).status is MessageStatus.RESOLVED


async def die_advancing(backend: ConsoleBackend, run: BulkOperation) -> None:
    """Advance an operation and never release its lease, as a killed process does."""
    console = backend.another().bulk
    leased = await console.store.update(run.id, lambda run: acquire_lease(run, "killed", backend.now()))
    await console._work(leased, 25, backend.now() + timedelta(minutes=1))


async def test_an_operation_keeps_its_rate(backend: ConsoleBackend) -> None:
    """An operation waits between two messages as its rate requires."""
    for number in range(3):
        await backend.fail(messages.order(f"QC-{number}"))
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    runs = backend.services.bulk
    object.__setattr__(runs, "sleep", sleep)
    await finished(backend, await runs.start(replay(3, rate=1), by="ann@x"))

    assert len(pauses) >= 2
    assert all(0 <= each <= 1 for each in pauses)
    assert any(pauses)
