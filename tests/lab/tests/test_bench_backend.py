"""The bench's backend speaks Firestore's wire protocol from memory, over a real channel."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.errors import LostRace
from shared.gcp.channel import open_channel
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import create, set_document
from tests.lab.bench.backend.control import keep, restore
from tests.lab.bench.backend.local import in_process


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[str, FirestoreRpc]]:
    """Yield the address of a backend, and Firestore's calls to it."""
    async with in_process() as (address, _), open_channel(address, "") as channel:
        yield address, FirestoreRpc(channel, "bench")


async def test_an_existing_document_is_not_created_again() -> None:
    """A commit that creates an existing document is refused as a whole."""
    async with serving() as (_, rpc):
        await rpc.commit([create(rpc.name("orders/1"), {"version": 1})])

        with pytest.raises(LostRace):
            await rpc.commit(
                [set_document(rpc.name("orders/2"), {}), create(rpc.name("orders/1"), {"version": 2})]
            )

        found = await rpc.get(["orders/1", "orders/2"])
        assert {path: each.fields["version"].integer_value for path, each in found.items()} == {"orders/1": 1}


async def test_restore_replaces_all_documents() -> None:
    """`restore` removes documents that were written after `keep`."""
    async with serving() as (address, rpc):
        await rpc.commit([create(rpc.name("orders/1"), {})])
        await keep(address, "one")
        await rpc.commit([create(rpc.name("orders/2"), {})])

        await restore(address, "one")

        assert set(await rpc.get(["orders/1", "orders/2"])) == {"orders/1"}
