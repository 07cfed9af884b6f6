"""The push request has Pub/Sub's body, and only Pub/Sub's success statuses acknowledge."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from tests.lab.stack.relay.backlog import Outstanding
from tests.lab.stack.relay.delivery_worker import dead_letter_of
from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.push import Push, wrap_message
from tests.lab.stack.relay.source import Source
from tests.lab.stack.topology import load

MESSAGE = Message(b"{}", {"source": "QC-SMF"}, "1", datetime(2024, 1, 10, 10, 0, 0, 123987, tzinfo=UTC), "c")
SOURCE = Source("p", "order-create-sub", load().subscriptions["order-create-sub"], [""])


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Yield a client session."""
    async with aiohttp.ClientSession() as session:
        yield session


async def _answering(status: int, delay: float = 0) -> TestServer:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(delay)
        return web.Response(status=status, headers={"Location": "/"})

    app = web.Application()
    app.router.add_post("/", answer)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    return server


@pytest.mark.parametrize(
    ("status", "acknowledged"),
    [
        (200, True),
        (201, True),
        (202, True),
        (204, True),
        (203, False),
        (302, False),
        (422, False),
        (503, False),
    ],
)
async def test_statuses_acknowledge(http: aiohttp.ClientSession, status: int, acknowledged: bool) -> None:  # noqa: FBT001 - a table's column
    """200, 201, 202 and 204 acknowledge; every other answer is a failed attempt."""
    server = await _answering(status)
    push = Push(replace(SOURCE, urls=[str(server.make_url("/"))]), http)
    assert await push(Outstanding("a", MESSAGE)) is acknowledged
    await server.close()


async def test_the_instances_of_a_function_are_pushed_to_in_turn(http: aiohttp.ClientSession) -> None:
    """The second push goes to the second instance, the third to the first again."""
    servers = [await _answering(204), await _answering(503)]
    push = Push(replace(SOURCE, urls=[str(each.make_url("/")) for each in servers]), http)
    assert [await push(Outstanding("a", MESSAGE)) for _ in range(4)] == [True, False, True, False]
    for each in servers:
        await each.close()


async def test_a_refused_connection_is_a_failed_attempt(http: aiohttp.ClientSession) -> None:
    """A refused connection is retried like any failure."""
    push = Push(replace(SOURCE, urls=[f"http://127.0.0.1:{unused_port()}/"]), http)
    assert not await push(Outstanding("a", MESSAGE))


async def test_answer_after_the_ack_deadline_is_a_failed_attempt(http: aiohttp.ClientSession) -> None:
    """A function that answers after the ack deadline has not acknowledged."""
    server = await _answering(204, delay=0.5)
    impatient = SOURCE.policy.model_copy(update={"ack_deadline_seconds": 0.05})
    push = Push(replace(SOURCE, policy=impatient, urls=[str(server.make_url("/"))]), http)
    assert not await push(Outstanding("a", MESSAGE))
    await server.close()


def test_the_body_is_that_of_a_push() -> None:
    """The body has every field in both spellings of Pub/Sub, with times in milliseconds."""
    assert json.loads(wrap_message(SOURCE, MESSAGE, 3)) == {
        "message": {
            "data": "e30=",
            "attributes": {"source": "QC-SMF"},
            "messageId": "1",
            "message_id": "1",
            "publishTime": "2024-01-10T10:00:00.123Z",
            "publish_time": "2024-01-10T10:00:00.123Z",
            "orderingKey": "c",
        },
        "subscription": "projects/p/subscriptions/order-create-sub",
        "deliveryAttempt": 3,
    }


def test_the_body_omits_empty_fields() -> None:
    """A message without data, attributes and key has none of these fields, as in Pub/Sub's JSON."""
    body = json.loads(wrap_message(SOURCE, replace(MESSAGE, data=b"", attributes={}, ordering_key=""), 1))
    assert body["message"].keys() == {"messageId", "message_id", "publishTime", "publish_time"}


def test_body_without_dead_letter_topic_has_no_attempt() -> None:
    """Pub/Sub counts attempts only with a dead-letter policy."""
    policy = load().dead_letter_subscriptions["order-create-dlq-sub"]
    assert "deliveryAttempt" not in json.loads(wrap_message(replace(SOURCE, policy=policy), MESSAGE, 1))


def test_dead_letter_keeps_the_message_and_adds_its_origin() -> None:
    """The dead letter has the same data, attributes and key, and four attributes of its origin."""
    dead = dead_letter_of(SOURCE, MESSAGE, attempts=5)
    assert (dead.data, dead.ordering_key) == (MESSAGE.data, MESSAGE.ordering_key)
    assert dead.attributes == {
        "source": "QC-SMF",
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceSubscription": "order-create-sub",
        "CloudPubSubDeadLetterSourceSubscriptionProject": "p",
        "CloudPubSubDeadLetterSourceTopicPublishTime": "2024-01-10T10:00:00.123+00:00",
    }
