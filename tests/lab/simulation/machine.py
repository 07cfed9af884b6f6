"""The local stack as a service: by the processor time of its parts, or by the time of its handlers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

import simpy

from tests.lab.simulation.subscription import Events
from tests.lab.simulation.traffic import Message

Z99 = 2.326
"""Standard deviations from the median to p99."""

QUANTUM_MS = 4.0
"""Processor time after which a part lets the others run."""


@dataclass(frozen=True)
class Costs:
    """What a message costs, in ms of processor time, by the stack's part."""

    publishers: float
    pubsub_emulator: float
    relay: float
    order_create: float
    firestore_emulator: float

    @classmethod
    def of(cls, parts: Mapping[str, float]) -> "Costs":
        """Take them from a load test's report."""
        return cls(**parts)


class Machine:
    """Runs all parts; the relay and the function are single-threaded, the emulators are not."""

    def __init__(self, env: simpy.Environment, costs: Costs, *, cores: int, noise_share: float) -> None:
        """Run on `cores`, of which others take a share from 0 to 1."""
        self._env = env
        self._costs = costs
        self._slower = 1 / (1 - noise_share)
        self._cores = simpy.Resource(env, cores)
        self._relay = simpy.Resource(env, 1)
        self._function = simpy.Resource(env, 1)

    def publish(self, message: Message) -> Events:
        """Publish, and let the relay pull."""
        yield from self._run(self._costs.publishers + self._costs.pubsub_emulator / 2)

    def push(self, message: Message) -> Events:
        """Post to the function, which commits and publishes; then acknowledge."""
        yield from self._alone(self._relay, self._costs.relay / 2)
        yield from self._alone(self._function, self._costs.order_create / 2)
        yield from self._run(self._costs.firestore_emulator)
        if message.valid:
            yield from self._run(self._costs.pubsub_emulator / 2)
        yield from self._alone(self._function, self._costs.order_create / 2)
        yield from self._alone(self._relay, self._costs.relay / 2)
        return message.valid

    def _alone(self, thread: simpy.Resource, milliseconds: float) -> Events:
        with thread.request() as turn:
            yield turn
            yield from self._run(milliseconds)

    def _run(self, milliseconds: float) -> Events:
        """Take turns on the cores."""
        left = milliseconds
        while left > 0:
            with self._cores.request() as core:
                yield core
                yield self._env.timeout(min(left, QUANTUM_MS) * self._slower / 1000)
            left -= QUANTUM_MS


@dataclass(frozen=True)
class Times:
    """Times as they were measured, whose logarithm is taken for normal; in ms."""

    p50: float
    p99: float

    def seconds(self, random: Random) -> float:
        """Draw one, in seconds."""
        middle = math.log(self.p50)
        return random.lognormvariate(middle, (math.log(self.p99) - middle) / Z99) / 1000


class MeasuredHandler:
    """Delivers and answers after as long as that was measured to take, whatever it waited for meanwhile."""

    def __init__(self, env: simpy.Environment, handler: Times, delivery: Times, relay_ms: float) -> None:
        """Take a handler's times, those from publishing to the relay, and what the relay adds to a push."""
        self._env = env
        self._random = Random(1)  # noqa: S311 - draws times, guards nothing
        self._handler = handler
        self._delivery = delivery
        self._relay_ms = relay_ms

    def publish(self, message: Message) -> Events:
        """Take the time until the relay has the message."""
        yield self._env.timeout(self._delivery.seconds(self._random))

    def push(self, message: Message) -> Events:
        """Take a handler's time."""
        yield self._env.timeout(self._handler.seconds(self._random) + self._relay_ms / 1000)
        return message.valid
