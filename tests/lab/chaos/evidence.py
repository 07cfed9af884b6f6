"""The evidence after a storm: the documents in Firestore and the messages on `order-events`."""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.cloud import firestore

from shared.bootstrap.adapters import connect
from shared.bootstrap.queries import build_queries
from shared.failed_messages.repository import FailedMessageRepository
from shared.settings import Settings
from tests.lab.chaos.wire import Wire

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    """One message on `order-events`; a repetition is an event of its own."""

    event_id: str
    type: str
    cause: str
    """The id of the incoming message that caused it."""
    data: bytes

    @property
    def payload(self) -> dict[str, Any]:
        """Return its JSON."""
        return dict(json.loads(self.data))


@dataclass(frozen=True)
class Failed:
    """One document of `failed_messages`, with its payload decrypted."""

    fingerprint: str
    document: Document
    data: bytes

    @property
    def replay_id(self) -> str:
        """Return the message id of its replay, automatic or by a person."""
        return f"replay-{self.fingerprint}"


@dataclass(frozen=True)
class Evidence:
    """Everything that the checker compares with the published messages."""

    orders: Mapping[str, Document]
    """By order id."""
    claims: list[Document]
    failed: list[Failed]
    reservations: list[Document]
    stock: list[Document]
    waiting: list[Document]
    """Places on waiting lists."""
    events: list[Event]


async def gather(environment: Mapping[str, str], wire: Wire) -> Evidence:
    """Read all documents and events."""
    os.environ.update(environment, SUBSCRIPTIONS="{}")
    database = environment.get("FIRESTORE_DATABASE", "(default)")
    client = firestore.AsyncClient(project=environment["GOOGLE_CLOUD_PROJECT"], database=database)
    names = ("orders", "processed_messages", "failed_messages", "reservations", "stock", "waiting_orders")
    orders, claims, failed, reservations, stock, waiting = [await _documents(client, name) for name in names]
    return Evidence(
        orders={each["orderId"]: each for each in orders.values()},
        claims=[*claims.values()],
        failed=await _decrypt(failed),
        reservations=[*reservations.values()],
        stock=[*stock.values()],
        waiting=[*waiting.values()],
        events=[_event(attributes, data) async for attributes, data in wire.pulled()],
    )


async def _documents(client: Any, collection: str) -> dict[str, Document]:
    return {each.id: each.to_dict() async for each in client.collection(collection).stream()}


async def _decrypt(failed: Mapping[str, Document]) -> list[Failed]:
    adapters = connect(Settings.read(os.environ))
    messages = FailedMessageRepository(adapters.rpc, build_queries(adapters), adapters.cipher)
    found = await asyncio.gather(*map(messages.find_dead_letter, failed))
    return [Failed(one.fingerprint, failed[one.fingerprint], one.dead_letter.data) for one in found if one]


def _event(attributes: Mapping[str, str], data: bytes) -> Event:
    return Event(attributes["eventId"], attributes["eventType"], attributes["causationId"], data)
