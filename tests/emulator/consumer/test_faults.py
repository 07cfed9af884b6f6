"""The fault proxy is invisible until a rule says otherwise; seen through Google's own Firestore client."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NoReturn

import grpc
import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore_v1 import AsyncClient
from google.cloud.firestore_v1.services.firestore import FirestoreAsyncClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcAsyncIOTransport
from google.pubsub_v1 import types
from google.pubsub_v1.services.publisher import PublisherAsyncClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcAsyncIOTransport

from tests.lab.stack.emulators import Emulators
from tests.lab.stack.fault_plan import Fault, FaultPlan, Kind
from tests.lab.stack.faults import UNLIMITED, FaultProxy

pytestmark = pytest.mark.emulator

ONE_TRY = {"retry": None, "timeout": 10.0}


@pytest.fixture
def plan() -> FaultPlan:
    """Return the proxy's rules, none yet."""
    return FaultPlan()


@pytest.fixture
async def proxy(emulators: Emulators, plan: FaultPlan) -> AsyncIterator[str]:
    """Yield the address of a proxy before the Firestore emulator."""
    async with FaultProxy(emulators.firestore, plan) as address:
        yield address


@pytest.fixture
async def client(proxy: str, project: str) -> AsyncIterator[AsyncClient]:
    """Yield a Firestore client that believes the proxy is Firestore."""
    async with grpc.aio.insecure_channel(proxy, options=UNLIMITED) as channel:
        client = AsyncClient(project=project, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]  # google.auth is untyped
        transport = FirestoreGrpcAsyncIOTransport(host=proxy, channel=channel)
        client._firestore_api_internal = FirestoreAsyncClient(transport=transport)
        yield client


async def test_reads_and_writes_pass_through_and_are_counted(client: AsyncClient, plan: FaultPlan) -> None:
    """Without a rule, unary writes and streamed reads and queries work, and each call is counted once."""
    for name in ("a", "b"):
        await client.document(f"orders/{name}").set({"name": name}, **ONE_TRY)

    read = await client.document("orders/a").get(**ONE_TRY)
    found = [document.id async for document in client.collection("orders").stream(**ONE_TRY)]

    assert read.to_dict() == {"name": "a"}
    assert found == ["a", "b"]
    assert plan.calls == {"Commit": 2, "BatchGetDocuments": 1, "RunQuery": 1}


async def test_an_error_passes_with_its_status_and_words(client: AsyncClient) -> None:
    """A refusal of the emulator reaches the client as the emulator worded it."""
    document = client.document("orders/a")
    await document.create({}, **ONE_TRY)

    with pytest.raises(exceptions.AlreadyExists, match="already exists"):
        await document.create({}, **ONE_TRY)


async def test_metadata_passes_both_ways(plan: FaultPlan) -> None:
    """The server sees the caller's metadata, and the caller the trailing metadata of a refusal."""

    async def refuse(_: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> NoReturn:
        detail = dict(context.invocation_metadata() or ())["x-detail"]
        await context.abort(grpc.StatusCode.ABORTED, "no", (("x-reason-bin", str(detail).encode()),))

    handlers: dict[str, Any] = {"Refuse": grpc.unary_unary_rpc_method_handler(refuse)}
    server = grpc.aio.server(handlers=[grpc.method_handlers_generic_handler("test.Service", handlers)])
    upstream = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    async with FaultProxy(upstream, plan) as address, grpc.aio.insecure_channel(address) as channel:
        call: Any = channel.unary_unary("/test.Service/Refuse")
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await call(b"", metadata=(("x-detail", "late"),))
    await server.stop(grace=None)

    assert refusal.value.code() is grpc.StatusCode.ABORTED
    assert dict(refusal.value.trailing_metadata())["x-reason-bin"] == b"late"


async def test_messages_of_many_megabytes_pass(client: AsyncClient) -> None:
    """Answers beyond gRPC's default limit of 4 MiB pass through."""
    for name in range(6):
        await client.document(f"orders/{name}").set({"text": "x" * 1_000_000}, **ONE_TRY)

    found = [document async for document in client.collection("orders").stream(**ONE_TRY)]

    assert len(found) == 6


async def test_a_publish_of_nearly_ten_megabytes_passes(
    emulators: Emulators, plan: FaultPlan, project: str
) -> None:
    """Requests beyond gRPC's default limit of 4 MiB pass through."""
    topic = f"projects/{project}/topics/order-create"
    message = types.PubsubMessage(data=b"x" * 9_900_000)
    async with (
        FaultProxy(emulators.pubsub, plan) as address,
        grpc.aio.insecure_channel(address, options=UNLIMITED) as channel,
    ):
        publisher = PublisherAsyncClient(transport=PublisherGrpcAsyncIOTransport(channel=channel))
        await publisher.create_topic(name=topic, **ONE_TRY)
        published = await publisher.publish(topic=topic, messages=[message], **ONE_TRY)

    assert len(published.message_ids) == 1
    assert plan.calls["Publish"] == 1


async def test_before_refuses_without_forwarding(client: AsyncClient, plan: FaultPlan) -> None:
    """A call refused beforehand answers UNAVAILABLE, leaves nothing behind, and the next one works."""
    plan.add(Fault(method="Commit", kind=Kind.BEFORE))
    document = client.document("orders/a")

    with pytest.raises(exceptions.ServiceUnavailable):
        await document.create({}, **ONE_TRY)
    assert not (await document.get(**ONE_TRY)).exists

    await document.create({}, **ONE_TRY)
    assert plan.calls["Commit"] == 2


async def test_after_loses_the_answer_of_an_applied_call(client: AsyncClient, plan: FaultPlan) -> None:
    """A call with a lost answer returns UNAVAILABLE although it took effect."""
    plan.add(Fault(method="Commit", kind=Kind.AFTER))
    document = client.document("orders/a")

    with pytest.raises(exceptions.ServiceUnavailable):
        await document.create({"applied": True}, **ONE_TRY)

    assert (await document.get(**ONE_TRY)).to_dict() == {"applied": True}


async def test_a_rule_meets_only_the_requests_it_names_so_many_times(
    client: AsyncClient, plan: FaultPlan
) -> None:
    """Only calls with the text in their request fail, and only as often as the rule allows."""
    plan.add(Fault(method="Commit", contains="QC-1", times=2))

    await client.document("orders/other").set({"orderId": "QC-2"}, **ONE_TRY)
    for _ in range(2):
        with pytest.raises(exceptions.ServiceUnavailable):
            await client.document("orders/named").set({"orderId": "QC-1"}, **ONE_TRY)
    await client.document("orders/named").set({"orderId": "QC-1"}, **ONE_TRY)

    assert [met for _, met in plan.met()] == [2]


async def test_a_delay_holds_only_the_call_it_is_for(client: AsyncClient, plan: FaultPlan) -> None:
    """A delayed call ends after one that was sent later."""
    plan.add(Fault(method="Commit", contains="slow", kind=Kind.DELAY, seconds=0.5))
    ended: list[str] = []

    async def write(name: str) -> None:
        await client.document(f"orders/{name}").set({}, **ONE_TRY)
        ended.append(name)

    await asyncio.gather(write("slow"), write("quick"))

    assert ended == ["quick", "slow"]


async def test_the_clients_deadline_is_kept(client: AsyncClient, plan: FaultPlan) -> None:
    """A call that is delayed beyond its deadline ends with DEADLINE_EXCEEDED and is never applied."""
    plan.add(Fault(method="Commit", kind=Kind.DELAY, seconds=1.0))
    document = client.document("orders/a")

    with pytest.raises(exceptions.DeadlineExceeded):
        await document.create({}, retry=None, timeout=0.2)
    await asyncio.sleep(1.2)

    assert not (await document.get(**ONE_TRY)).exists


async def test_clearing_removes_rules_and_counts(client: AsyncClient, plan: FaultPlan) -> None:
    """After clearing, calls pass and counting starts again at zero."""
    plan.add(Fault(method="Commit", times=100))
    plan.clear()

    await client.document("orders/a").set({}, **ONE_TRY)

    assert plan.calls == {"Commit": 1}
    assert plan.met() == []
