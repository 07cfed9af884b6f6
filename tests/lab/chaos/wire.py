"""The outside world's side of Pub/Sub: publish messages, and read the events on `order-events`."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Self

import grpc.aio
from google.pubsub_v1.types import pubsub

from tests.lab.chaos.orders import Message

SERVICES = "/google.pubsub.v1."
LISTENER = "listener"
OUTGOING = "order-events"
PAGE = 1000


class Wire:
    """Publish messages and read events of one project, on the emulator at "host:port"."""

    def __init__(self, host: str, project: str) -> None:
        self._project = f"projects/{project}"
        self._channel = grpc.aio.insecure_channel(host, options=[("grpc.max_receive_message_length", -1)])

    async def __aenter__(self) -> Self:
        """Create the subscription to `order-events`."""
        subscription = pubsub.Subscription(
            name=self._listener, topic=f"{self._project}/topics/{OUTGOING}", ack_deadline_seconds=600
        )
        await self._call("Subscriber/CreateSubscription", subscription, pubsub.Subscription)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()

    async def publish(self, message: Message) -> str:
        """Publish a message and return its id."""
        wire = pubsub.PubsubMessage(
            data=payload(message), attributes=dict(message.attributes), ordering_key=message.ordering_key
        )
        request = pubsub.PublishRequest(topic=f"{self._project}/topics/{message.topic}", messages=[wire])
        response = await self._call("Publisher/Publish", request, pubsub.PublishResponse)
        return str(response.message_ids[0])

    async def pulled(self) -> AsyncIterator[tuple[Mapping[str, str], bytes]]:
        """Yield attributes and data of every event published so far, once each."""
        request = pubsub.PullRequest(subscription=self._listener, max_messages=PAGE)
        request.return_immediately = True
        while received := (
            await self._call("Subscriber/Pull", request, pubsub.PullResponse)
        ).received_messages:
            for each in received:
                yield dict(each.message.attributes), each.message.data
            acknowledged = pubsub.AcknowledgeRequest(
                subscription=self._listener, ack_ids=[each.ack_id for each in received]
            )
            await self._call("Subscriber/Acknowledge", acknowledged, pubsub.PullResponse)

    @property
    def _listener(self) -> str:
        return f"{self._project}/subscriptions/{LISTENER}"

    async def _call(self, method: str, request: Any, response: Any) -> Any:
        call: Any = self._channel.unary_unary(
            SERVICES + method,
            request_serializer=lambda message: type(message).serialize(message),
            response_deserializer=response.deserialize,
        )
        return await call(request, timeout=60)


def payload(message: Message) -> bytes:
    """Serialise a message's data; equal messages give equal bytes."""
    return json.dumps({name: value for name, value in message.data.items() if value != ""}).encode()
