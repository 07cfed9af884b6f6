"""A push subscription: backlog, ordering, push window and retries."""

from collections import deque
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import simpy

from tests.lab.simulation.policy import RetryPolicy
from tests.lab.simulation.traffic import Message
from tests.lab.simulation.window import Window

Events = Generator[simpy.Event, Any, Any]


class Service(Protocol):
    """The receiver of pushes."""

    def publish(self, message: Message) -> Events:
        """Run until the message is in the subscription."""
        ...

    def push(self, message: Message) -> Events:
        """Run until the answer; return whether it acknowledges.

        A message that the service dead-letters is marked and acknowledged.
        """
        ...


@dataclass
class Log:
    """Times of arrivals, pushes and ends, in seconds.

    Attributes:
        dead_lettered: ends of messages that Pub/Sub dead-lettered after their last attempt.
        dead_lettered_at_once: ends of messages that the function dead-lettered.
        refused: times of negative answers.
        good_ended: ends of good messages. A good message is processed at its first delivery.
        latencies: seconds from publication to the end of each good message, in order of their ends.
    """

    published: list[float] = field(default_factory=list)
    processed: list[float] = field(default_factory=list)
    dead_lettered: list[float] = field(default_factory=list)
    dead_lettered_at_once: list[float] = field(default_factory=list)
    good_dead_lettered: int = 0
    pushed: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    good_ended: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    @property
    def finished(self) -> list[float]:
        """Return the times at which messages finished."""
        return [*self.processed, *self.dead_lettered, *self.dead_lettered_at_once]


class PushSubscription:
    """Pushes to a service until every message is finished."""

    def __init__(self, env: simpy.Environment, service: Service, window: Window, policy: RetryPolicy) -> None:
        """Push within a window, and retry by the policy."""
        self._env = env
        self._service = service
        self._window = window
        self._policy = policy
        self._ready: deque[Message] = deque()
        self._queues: dict[int, deque[Message]] = {}
        self._outstanding = 0
        self._resuming_at = 0.0
        self.log = Log()

    def feed(self, messages: Iterable[Message]) -> Events:
        """Publish each message at its time."""
        for message in messages:
            yield self._env.timeout(max(0.0, message.published - self._env.now))
            self.log.published.append(self._env.now)
            self._env.process(self._publish(message))

    def _publish(self, message: Message) -> Events:
        yield from self._service.publish(message)
        if message.key in self._queues:
            self._queues[message.key].append(message)
            return
        self._queues[message.key] = deque()
        self._ready.append(message)
        self._dispatch()

    def _dispatch(self) -> None:
        """Push all messages that may be pushed now."""
        if self._env.now < self._window.paused_until:
            self._resume_later()
            return
        while self._ready and self._outstanding < self._window.size:
            self._outstanding += 1
            self._env.process(self._push(self._ready.popleft()))

    def _push(self, message: Message) -> Events:
        self.log.pushed.append(self._env.now)
        acknowledged = yield from self._service.push(message)
        self._outstanding -= 1
        if acknowledged:
            self._window.on_success(self._env.now)
            self._handle_success(message)
        else:
            self._handle_failure(message)
        self._dispatch()

    def _handle_success(self, message: Message) -> None:
        if message.dead_lettered:
            self._finish(message, self.log.dead_lettered_at_once)
            return
        self._finish(message, self.log.processed)
        if message.good:
            self.log.good_ended.append(self._env.now)
            self.log.latencies.append(self._env.now - message.published)

    def _handle_failure(self, message: Message) -> None:
        message.failures += 1
        self.log.refused.append(self._env.now)
        self._window.on_failure(self._env.now)
        after = self._policy.after(message.failures)
        if after is None:
            self.log.good_dead_lettered += message.good
            self._finish(message, self.log.dead_lettered)
        else:
            self._env.process(self._retry(message, after))

    def _resume_later(self) -> None:
        until = self._window.paused_until
        if until > self._resuming_at:
            self._resuming_at = until
            self._env.process(self._resume(until))

    def _resume(self, until: float) -> Events:
        yield self._env.timeout(until - self._env.now)
        self._dispatch()

    def _retry(self, message: Message, after: float) -> Events:
        yield self._env.timeout(after)
        self._ready.append(message)
        self._dispatch()

    def _finish(self, message: Message, times: list[float]) -> None:
        """Record the end of a message and release the next one of its key."""
        times.append(self._env.now)
        if queue := self._queues[message.key]:
            self._ready.append(queue.popleft())
        else:
            del self._queues[message.key]
