"""A published message reaches its function as a push of Pub/Sub."""

import re

import grpc
import pytest

from tests.lab.stack.emulators import Emulators
from tests.lab.tests.receiver import receiving
from tests.lab.tests.relaying import counted, publish, relay_to, relaying, undelivered

pytestmark = pytest.mark.emulator


async def test_message_is_pushed_wrapped_and_acknowledged(emulators: Emulators, project: str) -> None:
    """The push has the fields of the wrapped body, and 204 acknowledges it."""
    async with receiving() as function:
        relay = relay_to(emulators, project, {"order_create": function.url})
        async with relaying(relay):
            topic = f"projects/{project}/topics/order-create"
            await publish(emulators.pubsub, topic, b"{}", key="CUST-1", attributes={"source": "QC-SMF"})
            counts = await counted(relay, "order-create-sub", lambda counts: counts.acknowledged == 1)
    [pushed] = function.pushes
    message = pushed.body["message"]
    assert pushed.body["subscription"] == f"projects/{project}/subscriptions/order-create-sub"
    assert pushed.body["deliveryAttempt"] == 1
    assert (message["data"], message["attributes"], message["orderingKey"]) == (
        "e30=",
        {"source": "QC-SMF"},
        "CUST-1",
    )
    assert message["messageId"] == message["message_id"] != ""
    assert message["publishTime"] == message["publish_time"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", message["publishTime"])
    assert (counts.delivered, counts.failed, counts.outstanding) == (1, 0, 0)
    assert not await undelivered(emulators.pubsub, pushed.body["subscription"])


async def test_the_largest_messages_arrive(emulators: Emulators, project: str) -> None:
    """Several messages just below 10 MB arrive complete."""
    large = [bytes([each]) * 9_900_000 for each in b"abc"]
    async with receiving() as function:
        relay = relay_to(emulators, project, {"order_create": function.url})
        async with relaying(relay):
            await publish(emulators.pubsub, f"projects/{project}/topics/order-create", *large)
            await counted(relay, "order-create-sub", lambda counts: counts.acknowledged == 3)
    assert sorted(function.data) == large


async def test_function_without_url_keeps_its_messages(emulators: Emulators, project: str) -> None:
    """A subscription that is not relayed keeps its messages; provisioning can be repeated."""
    relay = relay_to(emulators, project, {})
    async with relaying(relay):
        await relay.provision()
        await publish(emulators.pubsub, f"projects/{project}/topics/order-create", b"{}")
    assert relay.counts() == {}
    held = await undelivered(emulators.pubsub, f"projects/{project}/subscriptions/order-create-sub")
    assert [message.data for message in held] == [b"{}"]


async def test_missing_subscription_ends_the_relay(emulators: Emulators, project: str) -> None:
    """A relay without its subscriptions fails instead of waiting."""
    relay = relay_to(emulators, project, {"order_create": "http://127.0.0.1:9/"})
    with pytest.raises(ExceptionGroup) as stopped:
        await relay.run()
    matched = stopped.value.subgroup(
        lambda error: isinstance(error, grpc.aio.AioRpcError) and error.code() is grpc.StatusCode.NOT_FOUND
    )
    assert matched is not None
