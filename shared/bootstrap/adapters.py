"""The Google services that every function calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import grpc.aio

from shared.consumer.delivery_failures import DeliveryFailures
from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.published_marker import PublishedMarker
from shared.gcp.channel import open_channel
from shared.gcp.firestore.rpc import EMULATOR_OWNER, FirestoreRpc
from shared.gcp.pubsub import PubsubPublisher
from shared.privacy.encryption import Cipher, KeysetUnusable
from shared.privacy.keysets import load_cipher
from shared.settings import Settings, SettingsInvalid
from shared.telemetry import log
from shared.telemetry.trace_context import trace_attributes

S = TypeVar("S", bound=Settings)


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def load_settings(kind: type[S], environ: Mapping[str, str]) -> S:
    """Read the settings and unwrap the keyset: a function without either does not start.

    One log line states the reason; a traceback is many lines without a severity.
    """
    try:
        settings = kind.read(environ)
        load_cipher(settings)
    except (SettingsInvalid, KeysetUnusable) as error:
        log.write({"severity": "CRITICAL", "message": "the function does not start", "reason": str(error)})
        raise
    return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """The clients of one function, built within the running event loop."""

    settings: Settings
    cipher: Cipher
    firestore_channel: grpc.aio.Channel
    firestore_metadata: Sequence[tuple[str, str]]
    rpc: FirestoreRpc
    store: FirestoreStore
    failures: DeliveryFailures
    publisher: PubsubPublisher


def connect(settings: Settings) -> Adapters:
    """Open channels and build the adapters on them."""
    cipher = load_cipher(settings)
    account = settings.credentials_file
    channel = open_channel(settings.firestore_emulator, "firestore.googleapis.com", account)
    owner = EMULATOR_OWNER if settings.firestore_emulator else ()
    rpc = FirestoreRpc(channel, settings.project, settings.firestore_database, metadata=owner)
    pubsub = open_channel(settings.pubsub_emulator, "pubsub.googleapis.com", account)
    return Adapters(
        settings=settings,
        cipher=cipher,
        firestore_channel=channel,
        firestore_metadata=owner,
        rpc=rpc,
        store=FirestoreStore(rpc, cipher, PublishedMarker(rpc, utc_now).add),
        failures=DeliveryFailures(rpc),
        publisher=PubsubPublisher(pubsub, settings.project, trace_attributes),
    )
