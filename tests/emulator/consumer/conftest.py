"""The stores under test."""

from collections.abc import AsyncIterator

import pytest

from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.ports import Store
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import new_keyset
from tests.emulator import adapter_fixtures
from tests.fakes.store import MemoryStore
from tests.lab.stack.emulators import Emulators


@pytest.fixture
async def rpc(emulators: Emulators, project: str) -> AsyncIterator[FirestoreRpc]:
    """Yield Firestore's calls in the test's project."""
    async with adapter_fixtures.firestore(emulators.firestore, project) as rpc:
        yield rpc


@pytest.fixture
def firestore_store(rpc: FirestoreRpc) -> FirestoreStore:
    """Return the store on Firestore."""
    return adapter_fixtures.store_over(rpc, Cipher(new_keyset()))


@pytest.fixture(params=["memory", "firestore"])
def store(request: pytest.FixtureRequest, firestore_store: FirestoreStore) -> Store:
    """Return each of the stores in turn."""
    return MemoryStore() if request.param == "memory" else firestore_store
