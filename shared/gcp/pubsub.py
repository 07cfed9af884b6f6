"""Publishing to Pub/Sub over raw protocol buffers, in calls of bounded size and time."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

import grpc.aio
from google.api_core.gapic_v1.routing_header import to_grpc_metadata

from shared.errors import PublishUnavailable
from shared.gcp import import_message_types
from shared.gcp.channel import map_unavailable, unary_method
from shared.gcp.request_batcher import RequestBatcher

pubsub = import_message_types("google.pubsub_v1").pubsub

PublishRequest = pubsub.PublishRequest.pb()
PublishResponse = pubsub.PublishResponse.pb()

Metadata = tuple[tuple[str, str], ...]

PUBLISH_TIMEOUT_S = 10.0
"""Limit of one call, within the deadline of a push request."""

MAX_BATCH_MESSAGES = 1_000
MAX_BATCH_BYTES = 5_000_000
"""Limits of one call; Pub/Sub accepts 1,000 messages and 10 MB."""

MESSAGE_OVERHEAD_BYTES = 1_000
"""Upper estimate of a message's attributes, ordering key and framing."""


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
    """One message, ready to be copied into a request."""

    data: bytes
    attributes: Mapping[str, str]
    ordering_key: str


def _no_attributes() -> Mapping[str, str]:
    return {}


class PubsubPublisher:
    """Publish messages, with one batcher for each topic; calls of several topics run concurrently."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        project: str,
        delivery_attributes: Callable[[], Mapping[str, str]] = _no_attributes,
    ) -> None:
        """Publish to the topics of `project` over a channel.

        `delivery_attributes` returns attributes to add to every message of one `publish` call, such as the
        current trace.
        """
        self._project = project
        self._delivery_attributes = delivery_attributes
        self._batchers: dict[str, RequestBatcher[_Prepared, None]] = {}
        self._publish = unary_method(
            channel, "/google.pubsub.v1.Publisher/Publish", PublishRequest, PublishResponse
        )

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return when Pub/Sub has stored every message; raise PublishUnavailable otherwise."""
        by_topic: defaultdict[str, list[_Prepared]] = defaultdict(list)
        added = self._delivery_attributes()
        for each in messages:
            attributes = {**each.attributes, **added} if added else each.attributes
            by_topic[each.topic].append(_Prepared(each.data, attributes, each.ordering_key))
        await asyncio.gather(*(self._publish_topic(topic, group) for topic, group in by_topic.items()))

    async def _publish_topic(self, topic: str, messages: Sequence[_Prepared]) -> None:
        """Publish the messages of one topic, one call after the other where one call can't take them."""
        for call in _split_calls(messages):
            await self._batcher(topic).submit(call)

    def _batcher(self, topic: str) -> RequestBatcher[_Prepared, None]:
        if topic not in self._batchers:
            name, metadata = _topic_address(self._project, topic)
            self._batchers[topic] = RequestBatcher(partial(self._send, name, metadata), _BatchCapacity)
        return self._batchers[topic]

    async def _send(self, topic: str, metadata: Metadata, messages: Sequence[_Prepared]) -> None:
        request = PublishRequest(topic=topic)
        for each in messages:
            request.messages.add(data=each.data, attributes=each.attributes, ordering_key=each.ordering_key)
        try:
            await self._publish(request, timeout=PUBLISH_TIMEOUT_S, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise map_unavailable(error, PublishUnavailable) from None


def _topic_address(project: str, topic: str) -> tuple[str, Metadata]:
    """Return a topic's full name and the routing metadata of calls to it."""
    name = f"projects/{project}/topics/{topic}"
    return name, (to_grpc_metadata({"topic": name}),)


def _split_calls(messages: Sequence[_Prepared]) -> Iterator[list[_Prepared]]:
    """Divide a delivery's messages by what one call takes; a large order has hundreds of them."""
    call: list[_Prepared] = []
    capacity = _BatchCapacity()
    for each in messages:
        if not capacity.try_add([each]):
            yield call
            call, capacity = [], _BatchCapacity()
            capacity.try_add([each])
        call.append(each)
    yield call


class _BatchCapacity:
    """The messages and bytes that one call may still take."""

    def __init__(self) -> None:
        self._messages = self._bytes = 0

    def try_add(self, messages: Sequence[_Prepared]) -> bool:
        """Add a delivery's messages if they fit; the first delivery always fits."""
        count = self._messages + len(messages)
        size = self._bytes + sum(len(each.data) + MESSAGE_OVERHEAD_BYTES for each in messages)
        if self._messages and (count > MAX_BATCH_MESSAGES or size > MAX_BATCH_BYTES):
            return False
        self._messages, self._bytes = count, size
        return True
