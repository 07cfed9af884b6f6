"""The floor of a function repeats the recorded calls of one of its deliveries."""

import base64
import json
from datetime import UTC, datetime

import msgspec
import pytest

from shared.contracts.outgoing import OutgoingMessage
from shared.gcp.channel import open_channel
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import create, delete, update_if
from shared.gcp.pubsub import PubsubPublisher
from tests.lab.bench.backend.control import record, recorded
from tests.lab.bench.backend.local import in_process
from tests.lab.bench.cases import CASE_OF
from tests.lab.bench.orders import take
from tests.lab.bench.recording import CommitRequest, Recording
from tests.lab.bench.replay import build_commit, read_values
from tests.lab.stack import topology

ORDER = "orders/00000000"
NOW = datetime(2024, 1, 10, tzinfo=UTC)
EVENT = b'{"orderId":"1","lines":[{"n":1}],"reason":null}'
BEFORE = {"status": "ALLOCATED", "lines": [{"n": 1, "shipped": 0}, {"n": 2, "shipped": 0}], "kept": {"a": 1}}
AFTER = BEFORE | {"status": "SHIPPED", "lines": [{"n": 1, "shipped": 2}, {"n": 2, "shipped": 0}, {"n": 3}]}


def test_every_function_has_a_case() -> None:
    """A function of the topology without a case in the bench is an oversight."""
    assert set(CASE_OF) == set(topology.load().functions)
    for each in CASE_OF.values():
        assert topology.load().all_subscriptions[each.subscription].function == each.function
        assert each.pushes(take(2, 3))


@pytest.fixture
async def calls() -> Recording:
    """Record a delivery that reads a document, changes it, creates one, deletes one and publishes."""
    async with in_process() as (address, _), open_channel(address, "") as channel:
        rpc, publisher = FirestoreRpc(channel, "bench"), PubsubPublisher(channel, "bench")
        await rpc.commit([create(rpc.name("orders/1"), BEFORE)])
        await record(address)
        found = (await rpc.get(["claims/1", "orders/1"]))["orders/1"]
        changed = update_if(found, read_fields(found.fields), AFTER)
        await rpc.commit([create(rpc.name("claims/1"), {"key": "k"}), changed, delete(rpc.name("orders/2"))])
        await publisher.publish([_message("order-events"), _message("reservation-events")])
        return Recording.of(json.loads(await recorded(address)))


def _message(topic: str, data: bytes = EVENT) -> OutgoingMessage:
    return OutgoingMessage(topic=topic, ordering_key="k", attributes={"eventId": "1"}, data=data)


def test_calls_keep_their_order(calls: Recording) -> None:
    """Publishes of one moment are one step, whatever their topics."""
    assert [method for method, _ in calls.calls] == ["BatchGetDocuments", "Commit", "Publish"]
    published = calls.calls[2][1]
    assert [topic.rpartition("/")[2] for topic in published] == ["order-events", "reservation-events"]


def test_messages_are_encoded_again(calls: Recording) -> None:
    """The floor has the content of a message; encoded, it is the message that the function published."""
    for messages in calls.calls[2][1].values():
        assert [msgspec.json.encode(each.content) for each in messages] == [EVENT]


async def test_the_floor_reads_what_it_changes() -> None:
    """The new value of a field follows from the old one; the floor reads those fields and no others."""
    async with in_process() as (address, _), open_channel(address, "") as channel:
        rpc = FirestoreRpc(channel, "bench")
        await rpc.commit([create(rpc.name(ORDER), BEFORE | {"at": NOW})])
        fields = (await rpc.get([ORDER]))[ORDER].fields

    assert read_values(fields, ("lines", "kept", "at", "new")) == {
        "lines": BEFORE["lines"],
        "kept": BEFORE["kept"],
        "at": (int(NOW.timestamp()), 0),
    }


async def test_the_floor_reads_a_list_that_only_a_message_restates() -> None:
    """A release changes no line and publishes them all: what a message says has to be read."""
    stored = {"lines": [{"sku": "A", "n": 1}, {"sku": "B", "n": 2}], "parcels": [{"sku": "C"}], "status": "A"}
    async with in_process() as (address, _), open_channel(address, "") as channel:
        rpc, publisher = FirestoreRpc(channel, "bench"), PubsubPublisher(channel, "bench")
        await rpc.commit([create(rpc.name(each), stored) for each in ("orders/1", "orders/2", "orders/3")])
        await record(address)
        found = await rpc.get(["orders/1", "orders/2", "orders/3"])
        read = read_fields(found["orders/1"].fields)
        status = update_if(found["orders/1"], read, read | {"status": "B"})
        lines = update_if(found["orders/2"], read, read | {"lines": ()})
        await rpc.commit([status, lines])
        await publisher.publish([_message("order-events", b'{"items":[{"sku":"A"},{"sku":"B"}]}')])
        recording = Recording.of(json.loads(await recorded(address)))

    names = {name.rpartition("/")[2]: fields for name, fields in recording.restated.items()}
    assert names == {"1": ("lines",), "3": ("lines",)}


def test_a_change_is_reduced_to_its_differences(calls: Recording) -> None:
    """The floor copies the document that was read; it fills only what the function changed."""
    claim, order, removed = calls.calls[1][1]
    assert (claim.creates, claim.base, claim.entries) == (True, "", [("key", "string_value", "k")])
    assert order.base.endswith("orders/1")
    assert removed.deletes
    changed, added = {name: value for name, _, value in order.entries}["lines"]
    assert changed == [(0, ("map_value", [("shipped", "integer_value", 2)]))]
    assert added == [("map_value", [("n", "integer_value", 3)])]
    assert {name for name, *_ in order.entries} == {"status", "lines"}


async def test_the_floor_writes_the_recorded_documents() -> None:
    """Its commit is the function's own: the same documents, preconditions and masks."""
    async with in_process() as (address, _), open_channel(address, "") as channel:
        rpc = FirestoreRpc(channel, "bench")
        await rpc.commit([create(rpc.name(ORDER), BEFORE)])
        await record(address)
        found = (await rpc.get([ORDER]))[ORDER]
        changed = update_if(found, read_fields(found.fields), AFTER)
        await rpc.commit([create(rpc.name("claims/00000001"), {"key": "k", "at": NOW}), changed])
        calls = json.loads(await recorded(address))
    recording = Recording.of(calls)
    (_, [read]), (_, writes) = recording.calls

    built = build_commit("projects/bench/databases/(default)", writes, {read: found}, number=1)

    assert built == CommitRequest.FromString(base64.b64decode(calls[1][1]))
