"""The relay's six calls to the Pub/Sub emulator, with raw protobuf messages."""

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC
from typing import Any, Self

import grpc
from google.protobuf import empty_pb2

from shared.gcp import import_message_types
from tests.lab.stack.relay.message import Message, Received
from tests.lab.stack.topology import Subscription

types = import_message_types("google.pubsub_v1")

CALL_TIMEOUT_S = 30.0
# A unary Pull as a long poll: the end of a StreamingPull leaves an ordered subscription of the emulator dead.
# The emulator ends a poll one second before its deadline, so an idle poll takes two seconds. A clean stop
# waits for it.
POLL_TIMEOUT_S = 3.0
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]

Call = Callable[..., Awaitable[Any]]


class PubSub:
    """A connection to the emulator; every method raises grpc.aio.AioRpcError."""

    def __init__(self, host: str) -> None:
        self._channel = grpc.aio.insecure_channel(host, options=UNLIMITED)
        self._pull = self._call("Subscriber/Pull", types.PullResponse.pb())
        self._acknowledge = self._call("Subscriber/Acknowledge", empty_pb2.Empty)
        self._modify = self._call("Subscriber/ModifyAckDeadline", empty_pb2.Empty)
        self._publish = self._call("Publisher/Publish", types.PublishResponse.pb())
        self._create_topic = self._call("Publisher/CreateTopic", types.Topic.pb())
        self._create_subscription = self._call("Subscriber/CreateSubscription", types.Subscription.pb())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()

    async def pull(self, subscription: str, max_messages: int) -> list[Received]:
        """Wait for messages and return them; return none at the timeout.

        Never cancel this call: the emulator keeps sending messages to an abandoned poll, and they are lost
        until their lease lapses.
        """
        request = types.PullRequest.pb()(subscription=subscription, max_messages=max_messages)
        try:
            response = await self._pull(request, timeout=POLL_TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                return []
            raise
        return [Received(each.ack_id, _message(each.message)) for each in response.received_messages]

    async def acknowledge(self, subscription: str, ack_ids: Sequence[str]) -> None:
        """Acknowledge deliveries; those of one ordering key must be in order."""
        request = types.AcknowledgeRequest.pb()(subscription=subscription, ack_ids=ack_ids)
        await self._acknowledge(request, timeout=CALL_TIMEOUT_S)

    async def extend(self, subscription: str, ack_ids: Sequence[str], seconds: int) -> None:
        """Set the leases to end in a number of seconds; 0 returns the messages at once."""
        request = types.ModifyAckDeadlineRequest.pb()(
            subscription=subscription, ack_ids=ack_ids, ack_deadline_seconds=seconds
        )
        await self._modify(request, timeout=CALL_TIMEOUT_S)

    async def publish(self, topic: str, message: Message) -> None:
        """Publish the data, attributes and ordering key of a message."""
        published = types.PubsubMessage.pb()(
            data=message.data, attributes=message.attributes, ordering_key=message.ordering_key
        )
        await self._publish(
            types.PublishRequest.pb()(topic=topic, messages=[published]), timeout=CALL_TIMEOUT_S
        )

    async def create_topic(self, topic: str) -> None:
        """Create a topic unless it exists."""
        with _ignore_existing():
            await self._create_topic(types.Topic.pb()(name=topic), timeout=CALL_TIMEOUT_S)

    async def create_subscription(self, name: str, topic: str, policy: Subscription) -> None:
        """Create a subscription unless it exists.

        It has no filter and no dead-letter policy, because the emulator fails at both.
        """
        request = types.Subscription.pb()(
            name=name,
            topic=topic,
            ack_deadline_seconds=policy.ack_deadline_seconds,
            enable_message_ordering=policy.ordering,
        )
        with _ignore_existing():
            await self._create_subscription(request, timeout=CALL_TIMEOUT_S)

    def _call(self, method: str, response: Any) -> Call:
        return self._channel.unary_unary(
            f"/google.pubsub.v1.{method}",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=response.FromString,
        )


def _message(wire: Any) -> Message:
    return Message(
        data=wire.data,
        attributes=dict(wire.attributes),
        message_id=wire.message_id,
        publish_time=wire.publish_time.ToDatetime(tzinfo=UTC),
        ordering_key=wire.ordering_key,
    )


@contextlib.contextmanager
def _ignore_existing() -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.ALREADY_EXISTS:
            raise
