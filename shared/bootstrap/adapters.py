"""What every function talks to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import grpc.aio

from shared.adapters.channel import open_channel
from shared.adapters.cipher import Cipher
from shared.adapters.firestore.delivery_failures import DeliveryFailures
from shared.adapters.firestore.rpc import EMULATOR_OWNER, FirestoreRpc
from shared.adapters.firestore.sent_marks import SentMarks
from shared.adapters.firestore.store import FirestoreStore
from shared.adapters.pubsub import PubsubPublisher
from shared.bootstrap.keys import cipher_of
from shared.settings import Settings


def utc_now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """What a function talks to; made of its settings within the running event loop."""

    settings: Settings
    cipher: Cipher
    firestore_channel: grpc.aio.Channel
    firestore_metadata: Sequence[tuple[str, str]]
    rpc: FirestoreRpc
    store: FirestoreStore
    failures: DeliveryFailures
    publisher: PubsubPublisher


def connect(settings: Settings) -> Adapters:
    """Open channels and make the adapters over them."""
    cipher = cipher_of(settings)
    account = settings.credentials_file
    channel = open_channel(settings.firestore_emulator, "firestore.googleapis.com", account)
    owner = EMULATOR_OWNER if settings.firestore_emulator else ()
    rpc = FirestoreRpc(channel, settings.project, metadata=owner)
    pubsub = open_channel(settings.pubsub_emulator, "pubsub.googleapis.com", account)
    return Adapters(
        settings=settings,
        cipher=cipher,
        firestore_channel=channel,
        firestore_metadata=owner,
        rpc=rpc,
        store=FirestoreStore(rpc, cipher, SentMarks(rpc, utc_now).add),
        failures=DeliveryFailures(rpc),
        publisher=PubsubPublisher(pubsub, settings.project),
    )
