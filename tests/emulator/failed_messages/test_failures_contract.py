"""The contract of the stores of failures: those on Firestore, and the fakes in memory."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest

from shared.consumer.delivery_failures import DeliveryFailures
from shared.consumer.idempotency import DeliveryFailure
from shared.contracts.dead_letter import DeadLetter, FailureReason
from shared.errors import StoreContended, StoreUnavailable
from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.failed_messages.repository import FailedMessageRepository
from shared.gcp.firestore.rpc import BatchGetRequest, FirestoreRpc
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import new_keyset
from tests.emulator import adapter_fixtures
from tests.fakes.failures import MemoryDeliveryFailures, MemoryFailedMessages
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.fault_plan import Fault, FaultPlan
from tests.lab.stack.faults import FaultProxy

pytestmark = pytest.mark.emulator

AT = datetime(2024, 1, 10, 10, 0, 0, 123000, tzinfo=UTC)
CAUSE = FailureReason(error_type="rejected", slug="claim.conflict", detail="data: other content")
FINGERPRINT = "f" * 32
SLOT = "5" * 32
CIPHER = Cipher(new_keyset())
UNUSED: Any = None
"""No test here makes a query."""


class Notes(Protocol):
    """Where delivery failures are kept and found."""

    async def record(self, failure: DeliveryFailure) -> None: ...

    async def record_in_slot(self, failure: DeliveryFailure, slot: str) -> bool: ...

    async def find_failure(self, fingerprint: str) -> DeliveryFailure | None: ...


class Archive(Protocol):
    """Where failed messages are kept and found."""

    async def save(self, stored: StoredDeadLetter) -> bool: ...

    async def find_dead_letter(self, fingerprint: str) -> StoredDeadLetter | None: ...


@pytest.fixture
def plan() -> FaultPlan:
    """Return the faults of Firestore, none yet."""
    return FaultPlan()


@pytest.fixture
async def rpc(emulators: Emulators, project: str, plan: FaultPlan) -> AsyncIterator[FirestoreRpc]:
    """Yield Firestore's calls in the test's project, as the plan lets them pass."""
    async with (
        FaultProxy(emulators.firestore, plan) as proxy,
        adapter_fixtures.firestore(proxy, project) as rpc,
    ):
        yield rpc


@pytest.fixture(params=["memory", "firestore"])
def notes(request: pytest.FixtureRequest, rpc: FirestoreRpc) -> Notes:
    """Return each keeper of delivery failures in turn."""
    return MemoryDeliveryFailures() if request.param == "memory" else DeliveryFailures(rpc)


@pytest.fixture(params=["memory", "firestore"])
def archive(request: pytest.FixtureRequest, rpc: FirestoreRpc) -> Archive:
    """Return each keeper of failed messages in turn."""
    return (
        MemoryFailedMessages() if request.param == "memory" else FailedMessageRepository(rpc, UNUSED, CIPHER)
    )


def failed(data: bytes = b'{"orderId":"QC-1"}', dead_letter_id: str = "9") -> StoredDeadLetter:
    """Return a failed message with everything about it known."""
    dead_letter = DeadLetter(
        topic="order-create",
        subscription="order-create-sub",
        publish_time=AT,
        attributes={"source": "QC-SMF", "note": "a private word"},
        ordering_key="CUST-123456",
        data=data,
        delivery_attempts=5,
        failure_reason=CAUSE,
    )
    return StoredDeadLetter(
        fingerprint=FINGERPRINT,
        dead_letter=dead_letter,
        failure_reason=CAUSE,
        attempts=5,
        received_at=AT + timedelta(hours=1),
        order_id="QC-1",
        critical=True,
        dead_letter_id=dead_letter_id,
        dead_lettered_at=AT + timedelta(minutes=1),
    )


async def test_the_last_failure_of_a_message_is_found(notes: Notes) -> None:
    """Each attempt's failure takes the place of the one before."""
    first = note()
    last = replace(first, failure_reason=FailureReason(error_type="bug", slug="KeyError"), attempts=2)
    assert await notes.find_failure(FINGERPRINT) is None

    await notes.record(first)
    await notes.record(last)

    assert await notes.find_failure(FINGERPRINT) == last


async def test_a_slot_of_the_nack_budget_is_taken_once(notes: Notes) -> None:
    """Of ten simultaneous failures one takes the slot and is recorded; the others are not."""
    failures = [replace(note(), fingerprint=f"{number:032x}") for number in range(10)]
    start = asyncio.Event()

    async def record(failure: DeliveryFailure) -> bool:
        await start.wait()
        return await notes.record_in_slot(failure, SLOT)

    tasks = [asyncio.create_task(record(each)) for each in failures]
    await asyncio.sleep(0)
    start.set()
    taken = await asyncio.gather(*tasks)

    assert sorted(taken) == [False] * 9 + [True]
    recorded = [await notes.find_failure(each.fingerprint) for each in failures]
    assert [each is not None for each in recorded] == taken


async def test_another_slot_is_free(notes: Notes) -> None:
    """A slot that is taken leaves the next one free, and its failure replaces the one before."""
    later = replace(note(), attempts=2)

    assert await notes.record_in_slot(note(), SLOT)
    assert await notes.record_in_slot(later, f"{SLOT}2")

    assert await notes.find_failure(FINGERPRINT) == later


async def test_a_failed_message_is_kept_once(archive: Archive) -> None:
    """The same message again is recognised, and the first stays as it was."""
    assert await archive.find_dead_letter(FINGERPRINT) is None
    assert await archive.save(failed()) is True

    assert await archive.save(failed(dead_letter_id="10")) is False

    assert await archive.find_dead_letter(FINGERPRINT) == failed()


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\xff\n no text", b"\n", random.Random(1).randbytes(3_000_000)],  # noqa: S311 - repeatable
    ids=["nothing", "no text", "a line break", "larger than a document"],
)
async def test_any_payload_is_read_back_as_it_was(archive: Archive, data: bytes) -> None:
    """A payload of any bytes and any size comes back byte for byte."""
    await archive.save(failed(data))

    kept = await archive.find_dead_letter(FINGERPRINT)

    assert kept is not None
    assert kept.dead_letter.data == data


async def test_of_simultaneous_saves_of_one_message_one_is_new(archive: Archive) -> None:
    """Ten saves that start together keep one message, and one of them says that it was new."""
    gate = asyncio.Event()

    async def save(number: int) -> bool:
        await gate.wait()
        return await archive.save(failed(dead_letter_id=str(number)))

    rivals = [asyncio.create_task(save(number)) for number in range(10)]
    await asyncio.sleep(0)
    gate.set()
    new = await asyncio.gather(*rivals)

    kept = await archive.find_dead_letter(FINGERPRINT)
    assert kept is not None
    assert [str(number) for number, is_new in enumerate(new) if is_new] == [kept.dead_letter_id]


async def test_a_message_that_could_not_be_written_is_not_taken_for_kept(rpc: FirestoreRpc) -> None:
    """While another writer holds the lock, saving fails; it never says that the message was kept before."""
    archive = FailedMessageRepository(rpc, UNUSED, CIPHER)
    await lock(rpc, f"failed_messages/{FINGERPRINT}")

    with pytest.raises(StoreContended):
        await archive.save(failed())


async def test_a_note_behind_a_lock_is_a_transient_failure(rpc: FirestoreRpc) -> None:
    """While another writer holds the lock, recording fails as any part that does not answer in time."""
    await lock(rpc, f"delivery_failures/{FINGERPRINT}")

    with pytest.raises(StoreContended):
        await DeliveryFailures(rpc).record(note())


@pytest.mark.parametrize("call", ["Commit", "BatchGetDocuments"])
async def test_a_store_that_does_not_answer_is_unavailable(
    rpc: FirestoreRpc, plan: FaultPlan, call: str
) -> None:
    """Neither writing nor reading turns an unanswered call into an answer."""
    plan.add(Fault(method=call, times=2))
    archive, notes = FailedMessageRepository(rpc, UNUSED, CIPHER), DeliveryFailures(rpc)

    with pytest.raises(StoreUnavailable):
        await (archive.save(failed()) if call == "Commit" else archive.find_dead_letter(FINGERPRINT))
    with pytest.raises(StoreUnavailable):
        await (notes.record(note()) if call == "Commit" else notes.find_failure(FINGERPRINT))


async def test_nothing_personal_is_readable_in_the_document(rpc: FirestoreRpc) -> None:
    """Payload, ordering key and attributes that are not the contract's are not in the stored bytes."""
    await FailedMessageRepository(rpc, UNUSED, CIPHER).save(failed(b'{"customerId":"CUST-123456"}'))

    stored = (await rpc.get([f"failed_messages/{FINGERPRINT}"])).popitem()[1].SerializeToString()

    assert b"QC-SMF" in stored
    assert b"CUST-123456" not in stored
    assert b"private" not in stored


def note() -> DeliveryFailure:
    """Return the record of a failed delivery."""
    return DeliveryFailure(fingerprint=FINGERPRINT, failure_reason=CAUSE, attempts=1, at=AT)


async def lock(rpc: FirestoreRpc, path: str) -> None:
    """Take a document's lock by reading it in a transaction that never ends."""
    request = BatchGetRequest(database=rpc._database, documents=[rpc.name(path)])
    request.new_transaction.read_write.SetInParent()
    async for _ in rpc._batch_get(request, timeout=10):
        pass
