"""A push subscription: backlog, order, window, retries."""

from collections import deque
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import simpy

from tests.lab.simulation.policy import Retries
from tests.lab.simulation.traffic import Message
from tests.lab.simulation.window import Window

Events = Generator[simpy.Event, Any, Any]


class Service(Protocol):
    """Takes pushes."""

    def publish(self, message: Message) -> Events:
        """Work until the message is in the subscription."""
        ...

    def push(self, message: Message) -> Events:
        """Work until the answer; return whether it acknowledges."""
        ...


@dataclass
class Log:
    """What happened: seconds of arrivals, pushes and ends.

    Attributes:
        valid: whether each that was processed was valid, in their order.
        journeys: seconds that each valid one was on its way, in the order of their ends.
    """

    published: list[float] = field(default_factory=list)
    processed: list[float] = field(default_factory=list)
    dead_lettered: list[float] = field(default_factory=list)
    good_dead_lettered: int = 0
    pushed: list[float] = field(default_factory=list)
    valid: list[bool] = field(default_factory=list)
    journeys: list[float] = field(default_factory=list)

    @property
    def ended(self) -> list[float]:
        """Return when messages ended."""
        return [*self.processed, *self.dead_lettered]


class PushSubscription:
    """Pushes to a service until every message has ended."""

    def __init__(self, env: simpy.Environment, service: Service, window: Window, retries: Retries) -> None:
        """Push within a window, and again as the retry policy says."""
        self._env = env
        self._service = service
        self._window = window
        self._retries = retries
        self._ready: deque[Message] = deque()
        self._behind: dict[int, deque[Message]] = {}
        self._under_way = 0
        self._paused_until = 0.0
        self.log = Log()

    def feed(self, messages: Iterable[Message]) -> Events:
        """Publish each message at its moment."""
        for message in messages:
            yield self._env.timeout(max(0.0, message.published - self._env.now))
            self.log.published.append(self._env.now)
            self._env.process(self._publish(message))

    def _publish(self, message: Message) -> Events:
        yield from self._service.publish(message)
        if message.key in self._behind:
            self._behind[message.key].append(message)
            return
        self._behind[message.key] = deque()
        self._ready.append(message)
        self._dispatch()

    def _dispatch(self) -> None:
        """Push what may be pushed now."""
        while self._ready and self._under_way < self._window.size and self._env.now >= self._paused_until:
            self._under_way += 1
            self._env.process(self._push(self._ready.popleft()))

    def _push(self, message: Message) -> Events:
        self.log.pushed.append(self._env.now)
        acknowledged = yield from self._service.push(message)
        self._under_way -= 1
        if acknowledged:
            self._window.succeeded()
            self._end(message, self.log.processed)
            self.log.valid.append(message.valid)
            if message.valid:
                self.log.journeys.append(self._env.now - message.published)
        else:
            self._failed(message)
        self._dispatch()

    def _failed(self, message: Message) -> None:
        message.failures += 1
        self._pause(self._window.failed(self._env.now))
        after = self._retries.after(message.failures)
        if after is None:
            self.log.good_dead_lettered += message.valid
            self._end(message, self.log.dead_lettered)
        else:
            self._env.process(self._again(message, after))

    def _pause(self, seconds: float) -> None:
        until = self._env.now + seconds
        if seconds and until > self._paused_until:
            self._paused_until = until
            self._env.process(self._resume(until))

    def _resume(self, until: float) -> Events:
        yield self._env.timeout(until - self._env.now)
        if until >= self._paused_until:
            self._paused_until = 0.0
            self._dispatch()

    def _again(self, message: Message, after: float) -> Events:
        yield self._env.timeout(after)
        self._ready.append(message)
        self._dispatch()

    def _end(self, message: Message, ended: list[float]) -> None:
        """Note the end of a message and let the next of its key be pushed."""
        ended.append(self._env.now)
        if behind := self._behind[message.key]:
            self._ready.append(behind.popleft())
        else:
            del self._behind[message.key]
