"""The real adapters on the run's emulators, for one test."""

import contextlib
from collections.abc import AsyncIterator

from shared.bootstrap.adapters import utc_now
from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.published_marker import PublishedMarker
from shared.gcp.channel import open_channel
from shared.gcp.firestore.rpc import EMULATOR_OWNER, FirestoreRpc
from shared.privacy.encryption import Cipher


@contextlib.asynccontextmanager
async def firestore(host: str, project: str) -> AsyncIterator[FirestoreRpc]:
    """Yield Firestore's calls at "host:port"; close their channel on leaving."""
    async with open_channel(host, "firestore.googleapis.com") as channel:
        yield FirestoreRpc(channel, project, metadata=EMULATOR_OWNER)


def store_over(rpc: FirestoreRpc, cipher: Cipher) -> FirestoreStore:
    """Return the store as functions use it."""
    return FirestoreStore(rpc, cipher, PublishedMarker(rpc, utc_now).add)
