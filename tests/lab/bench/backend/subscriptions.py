"""Subscriptions of the backend: each message is pulled once, in the order of publication; no lease ends."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from google.pubsub_v1.types import pubsub

from tests.lab.bench.backend.http2 import Response

PullRequest = pubsub.PullRequest.pb()
PullResponse = pubsub.PullResponse.pb()
Subscription = pubsub.Subscription.pb()

MAX_PULL_BYTES = 30_000
"""The limit for a response to a pull. The server sends a response whole, and a gRPC client with more than
half of its 64 KiB window left does not extend it."""

POLL_S = 1.0
"""Time after which a pull without messages ends."""


class Subscriptions:
    """Queue the messages of topics for their subscriptions."""

    def __init__(self) -> None:
        """Start without subscriptions."""
        self._by_name: dict[str, _Queue] = {}
        self._by_topic: defaultdict[str, list[_Queue]] = defaultdict(list)

    def create(self, request: bytes) -> Sequence[bytes]:
        """Create a subscription; one without pulls keeps its messages for ever."""
        subscription = Subscription.FromString(request)
        queue = self._by_name[subscription.name] = _Queue()
        self._by_topic[subscription.topic].append(queue)
        return [request]

    def publish(self, topic: str, messages: Iterable[Any], ids: Iterable[str], now: Timestamp) -> None:
        """Add messages to every subscription of a topic."""
        if not (queues := self._by_topic.get(topic)):
            return
        for message, message_id in zip(messages, ids, strict=True):
            response = PullResponse()
            received = response.received_messages.add(ack_id=message_id)
            received.message.CopyFrom(message)
            received.message.message_id = message_id
            received.message.publish_time.CopyFrom(now)
            serialized = response.SerializeToString()
            for queue in queues:
                queue.add(serialized)

    def pull(self, request: bytes) -> Response:
        """Return waiting messages, or the future response to a pull that waits for one."""
        queue = self._by_name[PullRequest.FromString(request).subscription]
        return [queue.take()] if queue.messages else queue.poll()


class _Queue:
    """Serialized responses of one message each, and waiting pulls.

    Serialized responses, joined, are one response with all their messages.
    """

    def __init__(self) -> None:
        self.messages: deque[bytes] = deque()
        self._polls: deque[asyncio.Future[Sequence[bytes]]] = deque()

    def add(self, message: bytes) -> None:
        self.messages.append(message)
        if self._polls:
            self._polls.popleft().set_result([self.take()])

    def take(self) -> bytes:
        taken = [self.messages.popleft()]
        size = len(taken[0])
        while self.messages and size + len(self.messages[0]) <= MAX_PULL_BYTES:
            taken.append(self.messages.popleft())
            size += len(taken[-1])
        return b"".join(taken)

    def poll(self) -> asyncio.Future[Sequence[bytes]]:
        loop = asyncio.get_running_loop()
        poll: asyncio.Future[Sequence[bytes]] = loop.create_future()
        self._polls.append(poll)
        loop.call_later(POLL_S, self._end, poll)
        return poll

    def _end(self, poll: asyncio.Future[Sequence[bytes]]) -> None:
        if not poll.done():
            self._polls.remove(poll)
            poll.set_result([b""])
