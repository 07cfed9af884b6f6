"""Publishing, over raw protocol buffers and bounded."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import groupby
from operator import attrgetter

import grpc.aio
from google.api_core.gapic_v1.routing_header import to_grpc_metadata
from google.pubsub_v1.types import pubsub

from shared.adapters.channel import method, unanswered
from shared.adapters.trace_context import outgoing_attributes
from shared.errors import PublishUnavailable
from shared.messages.outgoing import OutgoingMessage

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


class PubsubPublisher:
    """Publish messages: one call per topic, the topics side by side.

    Deliveries that come to publish in the same turn of the event loop share a call. It costs none of
    them any time, and a busy instance saves most of its calls, which are the larger part of what
    publishing costs.
    """

    def __init__(self, channel: grpc.aio.Channel, project: str) -> None:
        """Publish to the topics of `project` over a channel."""
        self._addressed = cache(partial(_addressed, project))
        self._gathering: dict[str, _Batch] = {}
        self._publish = method(
            channel, "/google.pubsub.v1.Publisher/Publish", PublishRequest, PublishResponse
        )

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Return when Pub/Sub has every message; raise PublishUnavailable where it may lack one."""
        topic = attrgetter("topic")
        groups = groupby(sorted(_traced(messages), key=topic), key=topic)
        calls = [self._joined(name, [*group]) for name, group in groups]
        # Shielded: others wait for the same calls, whatever becomes of this delivery.
        await asyncio.gather(*map(asyncio.shield, calls))

    def _joined(self, topic: str, messages: Sequence[OutgoingMessage]) -> "asyncio.Task[None]":
        """Add a delivery's messages for a topic, which stay together, to the call about to be made."""
        batch = self._gathering.get(topic)
        if batch is None or not batch.has_room(messages):
            batch = self._gathering[topic] = _Batch()
            batch.call = asyncio.create_task(self._send(topic, batch))  # begins with the loop's next turn
        batch.messages += messages
        return batch.call

    async def _send(self, topic: str, batch: "_Batch") -> None:
        if self._gathering.get(topic) is batch:
            del self._gathering[topic]
        name, metadata = self._addressed(topic)
        request = PublishRequest(topic=name)
        for each in batch.messages:
            request.messages.add(data=each.data, attributes=each.attributes, ordering_key=each.ordering_key)
        try:
            await self._publish(request, timeout=TIMEOUT, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise unanswered(error, PublishUnavailable) from None


def _addressed(project: str, topic: str) -> tuple[str, Metadata]:
    """Return a topic's full name, and the metadata by which Google routes calls about it."""
    name = f"projects/{project}/topics/{topic}"
    return name, (to_grpc_metadata({"topic": name}),)


def _traced(messages: Sequence[OutgoingMessage]) -> Sequence[OutgoingMessage]:
    """Pass the delivery's trace on, here where it is known: the call may be made for others as well."""
    trace = outgoing_attributes()
    return (
        [replace(each, attributes={**each.attributes, **trace}) for each in messages] if trace else messages
    )


class _Batch:
    """Messages of one topic that go out in one call."""

    call: "asyncio.Task[None]"

    def __init__(self) -> None:
        self.messages: list[OutgoingMessage] = []

    def has_room(self, messages: Sequence[OutgoingMessage]) -> bool:
        """Tell whether so much more fits into the call."""
        together = [*self.messages, *messages]
        return len(together) <= MAX_MESSAGES and _size(together) <= MAX_BYTES


def _size(messages: Sequence[OutgoingMessage]) -> int:
    return sum(len(each.data) + OVERHEAD for each in messages)
