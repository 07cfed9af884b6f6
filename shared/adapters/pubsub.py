"""Publishing, over raw protocol buffers and bounded."""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import grpc.aio
from google.api_core.gapic_v1.routing_header import to_grpc_metadata
from google.pubsub_v1.types import pubsub

from shared.adapters.channel import method, unanswered
from shared.adapters.trace_context import outgoing_attributes
from shared.errors import PublishUnavailable
from shared.messages.outgoing import OutgoingMessage

PublishRequest = pubsub.PublishRequest.pb()
PublishResponse = pubsub.PublishResponse.pb()
PubsubMessage = pubsub.PubsubMessage.pb()

TIMEOUT = 10.0
"""Seconds for one call, within the push request's deadline."""


class PubsubPublisher:
    """Publish messages: one call per topic, the topics side by side."""

    def __init__(self, channel: grpc.aio.Channel, project: str) -> None:
        """Publish to the topics of `project` over a channel."""
        self._project = project
        self._publish = method(
            channel, "/google.pubsub.v1.Publisher/Publish", PublishRequest, PublishResponse
        )

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Return when Pub/Sub has every message; raise PublishUnavailable where it may lack one."""
        topic = attrgetter("topic")
        groups = [(name, [*group]) for name, group in groupby(sorted(messages, key=topic), key=topic)]
        await asyncio.gather(*(self._publish_to(name, group) for name, group in groups))

    async def _publish_to(self, topic: str, messages: Sequence[OutgoingMessage]) -> None:
        name = f"projects/{self._project}/topics/{topic}"
        request = PublishRequest(topic=name, messages=[_message(each) for each in messages])
        try:
            await self._publish(request, timeout=TIMEOUT, metadata=(to_grpc_metadata({"topic": name}),))
        except grpc.aio.AioRpcError as error:
            raise unanswered(error, PublishUnavailable) from None


def _message(message: OutgoingMessage) -> Any:
    attributes = {**message.attributes, **outgoing_attributes()}
    return PubsubMessage(data=message.data, attributes=attributes, ordering_key=message.ordering_key)
