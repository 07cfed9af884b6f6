"""Publishing, over raw protocol buffers and bounded."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

import grpc.aio
from google.api_core.gapic_v1.routing_header import to_grpc_metadata
from google.pubsub_v1.types import pubsub

from shared.errors import PublishUnavailable
from shared.gcp.channel import method, unanswered
from shared.gcp.request_batcher import SharedCalls

PublishRequest = pubsub.PublishRequest.pb()
PublishResponse = pubsub.PublishResponse.pb()

Metadata = tuple[tuple[str, str], ...]

TIMEOUT = 10.0
"""Seconds for one call, within the push request's deadline."""

MAX_MESSAGES = 1_000
MAX_BYTES = 5_000_000
"""Of one call; Pub/Sub takes 1,000 messages and 10 MB."""

OVERHEAD = 1_000
"""Bytes of a message besides its data, at most: attributes, ordering key, framing."""


class Message(Protocol):
    """A message for a topic, named without its project."""

    @property
    def topic(self) -> str:
        """Name the topic."""

    @property
    def ordering_key(self) -> str:
        """Return the ordering key; empty for none."""

    @property
    def attributes(self) -> Mapping[str, str]:
        """Return the attributes."""

    @property
    def data(self) -> bytes:
        """Return the payload."""


class _Prepared(NamedTuple):
    """What a request holds of one message."""

    data: bytes
    attributes: Mapping[str, str]
    ordering_key: str


def _no_attributes() -> Mapping[str, str]:
    return {}


class PubsubPublisher:
    """Publish messages: a call for each topic, side by side, shared by deliveries of the same moment."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        project: str,
        delivery_attributes: Callable[[], Mapping[str, str]] = _no_attributes,
    ) -> None:
        """Publish to the topics of `project` over a channel.

        `delivery_attributes` returns what each message carries besides its own attributes, asked once
        for each publication: the trace of the delivery at work.
        """
        self._project = project
        self._delivery_attributes = delivery_attributes
        self._topics: dict[str, SharedCalls[_Prepared]] = {}
        self._publish = method(
            channel, "/google.pubsub.v1.Publisher/Publish", PublishRequest, PublishResponse
        )

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return when Pub/Sub has every message; raise PublishUnavailable where it may lack one."""
        by_topic: defaultdict[str, list[_Prepared]] = defaultdict(list)
        added = self._delivery_attributes()
        for each in messages:
            attributes = {**each.attributes, **added} if added else each.attributes
            by_topic[each.topic].append(_Prepared(each.data, attributes, each.ordering_key))
        await asyncio.gather(*(self._calls(topic).join(group) for topic, group in by_topic.items()))

    def _calls(self, topic: str) -> SharedCalls[_Prepared]:
        if topic not in self._topics:
            name, metadata = _addressed(self._project, topic)
            self._topics[topic] = SharedCalls(partial(self._send, name, metadata), _Room)
        return self._topics[topic]

    async def _send(self, topic: str, metadata: Metadata, messages: Sequence[_Prepared]) -> None:
        request = PublishRequest(topic=topic)
        for each in messages:
            request.messages.add(data=each.data, attributes=each.attributes, ordering_key=each.ordering_key)
        try:
            await self._publish(request, timeout=TIMEOUT, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise unanswered(error, PublishUnavailable) from None


def _addressed(project: str, topic: str) -> tuple[str, Metadata]:
    """Return a topic's full name, and the metadata by which Google routes calls about it."""
    name = f"projects/{project}/topics/{topic}"
    return name, (to_grpc_metadata({"topic": name}),)


class _Room:
    """Room for as much as one call may hold."""

    def __init__(self) -> None:
        self._messages = self._bytes = 0

    def take(self, messages: Sequence[_Prepared]) -> bool:
        """Take a delivery's messages in, if so much more fits."""
        count = self._messages + len(messages)
        size = self._bytes + sum(len(each.data) + OVERHEAD for each in messages)
        if self._messages and (count > MAX_MESSAGES or size > MAX_BYTES):
            return False
        self._messages, self._bytes = count, size
        return True
