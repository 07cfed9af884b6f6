"""An erasure or an edit that breaks half way leaves nothing for ever."""

import json
import random
from collections.abc import Sequence
from typing import Any
from unittest import mock

import pytest

from shared.errors import StoreUnavailable
from shared.failed_messages.edits import UNSAVED_RETENTION
from shared.failed_messages.repository import FailedMessageRepository
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import Write, delete
from shared.maintenance import erase
from shared.maintenance.erase import Eraser
from tests import messages
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken
from tests.emulator.maintenance.encrypted_documents import CUSTOMER, OTHER, Store, report

pytestmark = pytest.mark.emulator


@pytest.mark.parametrize("commits", [1, 2, 3])
async def test_the_next_erasure_deletes_what_is_left_of_a_message(
    backend: ConsoleBackend, store: Store, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    """Only one edit names the customer, and it may be deleted already, or have lost its chunks."""
    failed = await backend.fail({**broken("QC-BROKEN"), "customerId": OTHER})
    for customer in (OTHER, CUSTOMER):
        await backend.services.messages.save_edit(failed, large_order(customer), by="ann@x")
    monkeypatch.setattr(erase, "MAX_DELETIONS", 2)

    with breaking_after(commits), pytest.raises(StoreUnavailable):
        await Eraser(*store.parts).erase(CUSTOMER)
    assert await store.all("failed_messages")

    assert await Eraser(*store.parts).erase(CUSTOMER) == report(failed=1)
    for collection in ("failed_messages", "edits", "pages"):
        assert await store.all(collection) == []


async def test_what_an_earlier_release_left_of_a_message_is_deleted(
    backend: ConsoleBackend, store: Store
) -> None:
    """Chunks are missing, and no mark says why: what is left can neither be searched nor replayed."""
    await backend.fail(large_order(CUSTOMER))
    chunks = await store.all("pages")
    await store.rpc.commit([delete(store.rpc.name(chunks[0].path))])

    assert await Eraser(*store.parts).erase(CUSTOMER) == report(failed=1)
    for collection in ("failed_messages", "pages"):
        assert await store.all(collection) == []


async def test_what_a_crash_leaves_of_an_edit_expires(backend: ConsoleBackend, store: Store) -> None:
    """The chunks of an edit expire unless the edit is saved: no document names them after a crash."""
    failed = await backend.fail(broken("QC-BROKEN"))
    await backend.services.messages.save_edit(failed, large_order(CUSTOMER), by="ann@x")
    saved = await store.all("pages")
    crash = mock.patch.object(FailedMessageRepository, "update", side_effect=StoreUnavailable("crash"))

    before = backend.now()
    with crash, pytest.raises(StoreUnavailable):
        await backend.services.messages.save_edit(failed, large_order(CUSTOMER), by="ann@x")

    left = [each for each in await store.all("pages") if each.path not in {kept.path for kept in saved}]
    assert saved
    assert left
    assert all("expireAt" not in each.fields for each in saved)
    assert all(each.fields["expireAt"] >= before + UNSAVED_RETENTION for each in left)


def large_order(customer: str) -> bytes:
    """Write an order that takes chunks."""
    noise = random.Random(customer).randbytes(1_000_000).hex()  # noqa: S311 - repeatable
    return json.dumps(messages.order("QC-BROKEN", customerId=customer, note=noise)).encode()


def breaking_after(commits: int) -> Any:
    """Let some commits succeed; the next ones find no store."""
    left, commit = [commits], FirestoreRpc.commit

    async def breaking(rpc: FirestoreRpc, writes: Sequence[Write]) -> Any:
        if not left[0]:
            raise StoreUnavailable("commit: broken")
        left[0] -= 1
        return await commit(rpc, writes)

    return mock.patch.object(FirestoreRpc, "commit", breaking)
