"""The function that creates orders, in this process, behind proxies that can fail its calls."""

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import httpx2
from functions_framework.aio import create_asgi_app

from shared.consumer.firestore_store import FirestoreStore
from shared.consumer.idempotency import Snapshot, claim_id
from shared.domain.refs import order_ref
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import read_keyset
from tests.emulator import adapter_fixtures
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.environment import function_environment
from tests.lab.stack.fault_plan import FaultPlan
from tests.lab.stack.faults import FaultProxy
from tests.lab.stack.keyset import ensure_keyset
from tests.lab.stack.paths import ROOT
from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.pubsub import PubSub
from tests.lab.stack.topology import load

OUTGOING = ("order-events", "reservation-events")
MAX_ATTEMPTS = 5


@dataclass(kw_only=True)
class OrderCreation:
    """The function under test, and access to what it writes.

    Attributes:
        environ: the function's environment.
        firestore: faults and counts of its calls to Firestore.
        pubsub: faults and counts of its calls to Pub/Sub.
        store: reads what it wrote, past the faults.
    """

    project: str
    emulators: Emulators
    environ: dict[str, str]
    store: FirestoreStore
    firestore: FaultPlan = field(default_factory=FaultPlan)
    pubsub: FaultPlan = field(default_factory=FaultPlan)

    def instance(self) -> Any:
        """Return the function's ASGI application as a new instance starts it."""
        with mock.patch.dict(os.environ, self.environ):
            return create_asgi_app(
                target="handle", source=str(ROOT / "functions" / "order_create" / "main.py")
            )

    async def deliver(self, instance: Any, body: bytes) -> list[int]:
        """Push until it is acknowledged, as often as Pub/Sub would; return the answers."""
        answers: list[int] = []
        while len(answers) < MAX_ATTEMPTS and 204 not in answers:
            answers.append(await push(instance, body))
        return answers

    async def loaded(self, order_id: str) -> Snapshot:
        """Read an order and its claim."""
        return await self.store.load(claim_id("order_create", order_id), [order_ref(order_id)])

    async def documents(self) -> dict[str, int]:
        """Count the documents in the collections that deliveries write to."""
        collections = ("orders", "processed_messages", "failed_messages")
        return {name: await self._count(name) for name in collections}

    async def event_ids(self) -> Counter[str]:
        """Count the outgoing messages that were published since the last time, by event id."""
        return Counter([each.attributes["eventId"] for each in await self.published()])

    async def published(self) -> Sequence[Message]:
        """Take what was published since the last time off the outgoing topics."""
        async with PubSub(self.emulators.pubsub) as pubsub:
            drained = await asyncio.gather(*(self._drained(pubsub, topic) for topic in OUTGOING))
        return [each for messages in drained for each in messages]

    async def provision(self) -> None:
        """Create the outgoing topics, each with a subscription that keeps what is published."""
        policy = load().subscriptions["order-create-sub"].model_copy(update={"ordering": False})
        async with PubSub(self.emulators.pubsub) as pubsub:
            for topic in OUTGOING:
                name = f"projects/{self.project}/topics/{topic}"
                await pubsub.create_topic(name)
                await pubsub.create_subscription(self._subscription(topic), name, policy)

    async def _drained(self, pubsub: PubSub, topic: str) -> list[Message]:
        found: list[Message] = []
        while received := await pubsub.pull(self._subscription(topic), 100):
            await pubsub.acknowledge(self._subscription(topic), [each.ack_id for each in received])
            found += [each.message for each in received]
        return found

    async def _count(self, collection: str) -> int:
        root = f"http://{self.emulators.firestore}/v1/projects/{self.project}/databases/(default)/documents"
        async with httpx2.AsyncClient() as http:
            answer = await http.get(f"{root}/{collection}", params={"pageSize": 300})
        return len(answer.raise_for_status().json().get("documents", []))

    def _subscription(self, topic: str) -> str:
        return f"projects/{self.project}/subscriptions/all-{topic}"


async def push(instance: Any, body: bytes) -> int:
    """Post a push to an instance; return the status it answers with."""
    transport = httpx2.ASGITransport(app=instance)
    async with httpx2.AsyncClient(transport=transport, base_url="http://function") as http:
        return (await http.post("/", content=body)).status_code


@contextlib.asynccontextmanager
async def order_creation(emulators: Emulators, project: str, folder: Path) -> AsyncIterator[OrderCreation]:
    """Yield the function on the emulators, its calls to them through proxies; `folder` keeps its keyset."""
    keyset = ensure_keyset(folder / "keyset.json")
    firestore, pubsub = FaultPlan(), FaultPlan()
    async with (
        FaultProxy(emulators.firestore, firestore) as firestore_proxy,
        FaultProxy(emulators.pubsub, pubsub) as pubsub_proxy,
        adapter_fixtures.firestore(emulators.firestore, project) as rpc,
    ):
        proxies = Emulators(pubsub=pubsub_proxy, firestore=firestore_proxy)
        creation = OrderCreation(
            project=project,
            emulators=emulators,
            environ=function_environment(project, proxies, keyset, load().subscriptions_of("order_create")),
            store=adapter_fixtures.store_over(rpc, Cipher(read_keyset(keyset))),
            firestore=firestore,
            pubsub=pubsub,
        )
        await creation.provision()
        yield creation
