"""Instances of a function that Cloud Run starts on demand."""

import math
from collections import deque
from dataclasses import dataclass
from random import Random

import simpy

from tests.lab.simulation.subscription import Events
from tests.lab.simulation.traffic import Message


@dataclass(frozen=True)
class Function:
    """One deployed function.

    Attributes:
        cpu_ms: processor time of a message, measured by the bench.
        calls_ms: median waiting time of a message for Firestore and Pub/Sub, in ms.
        network_ms: time from Pub/Sub to the instance and back.
        concurrency: concurrent requests of one instance.
        min_instances: instances that are always warm.
        max_instances: the largest number of instances.
        cold_start: seconds until a new instance answers.
        target: share of core or concurrency at which another instance is started.
        on_reject: "redeliver" or "dead_letter", as in the topology.
        nacks_per_minute: the nack budget, as in the topology; with None every failure is answered negatively.
    """

    cpu_ms: float
    calls_ms: float = 40.0
    network_ms: float = 10.0
    concurrency: int = 20
    min_instances: int = 1
    max_instances: int = 20
    cold_start: float = 3.0
    target: float = 0.6
    on_reject: str = "redeliver"
    nacks_per_minute: int | None = None


SCALING_INTERVAL_S = 1.0
"""Interval between two samples of the load."""

SCALING_WINDOW = 60
"""Samples in the average of the load; Cloud Run documents one minute."""

CALLS_SPREAD = 0.3
"""Standard deviation of the logarithm of a call's latency: p99 is twice the median."""


@dataclass(eq=False, slots=True)
class Instance:
    """One instance: its free places, and the time at which its core is free."""

    free: int
    core_free_at: float = 0.0


class CloudRun:
    """Sends requests to instances with a free place; otherwise a request waits and an instance starts."""

    def __init__(
        self, env: simpy.Environment, function: Function, random: Random, outage: float = 0.0
    ) -> None:
        """Fail every request for the first `outage` seconds."""
        self._env = env
        self._function = function
        self._random = random
        self._outage = outage
        self._instances = deque(Instance(function.concurrency) for _ in range(function.min_instances))
        self._starting = 0
        self._waiting: deque[simpy.Event] = deque()
        self._cpu_used = 0.0
        self._history: deque[float] = deque(maxlen=SCALING_WINDOW)
        self._taken_slot = -1
        self.instances_over_time: list[tuple[float, int]] = []
        env.process(self._scale())

    def publish(self, message: Message) -> Events:
        """Take no time: Pub/Sub's own latency is the same for all messages."""
        yield from ()

    def push(self, message: Message) -> Events:
        """Wait for a place, use the core, and wait for the calls."""
        instance = yield from self._wait_for_instance()
        yield self._env.timeout(self._duration_s(instance))
        self._release(instance)
        if self._env.now < self._outage:
            return False
        if message.valid and message.needs <= self._env.now:
            return True
        message.dead_lettered = self._dead_letters(message)
        return message.dead_lettered

    def _dead_letters(self, message: Message) -> bool:
        """Return whether the function dead-letters a rejected or deferred message at once."""
        if not message.valid and self._function.on_reject == "dead_letter":
            return True
        return self._function.nacks_per_minute is not None and not self._take_slot()

    def _take_slot(self) -> bool:
        if not self._function.nacks_per_minute:
            return False
        slot = int(self._env.now * self._function.nacks_per_minute / 60)
        taken = slot == self._taken_slot
        self._taken_slot = slot
        return not taken

    def _duration_s(self, instance: Instance) -> float:
        cpu = self._function.cpu_ms / 1000
        self._cpu_used += cpu
        instance.core_free_at = max(self._env.now, instance.core_free_at) + cpu
        calls = self._function.calls_ms * self._random.lognormvariate(0, CALLS_SPREAD)
        return instance.core_free_at - self._env.now + (calls + self._function.network_ms) / 1000

    def _wait_for_instance(self) -> Events:
        while True:
            for _ in range(len(self._instances)):
                instance = self._instances[0]
                self._instances.rotate(-1)
                if instance.free:
                    instance.free -= 1
                    return instance
            freed = self._env.event()
            self._waiting.append(freed)
            self._start_for_waiting()
            yield freed

    def _release(self, instance: Instance) -> None:
        instance.free += 1
        if self._waiting:
            self._waiting.popleft().succeed()

    def _start_for_waiting(self) -> None:
        places = self._starting * self._function.concurrency
        if len(self._waiting) > places:
            self._start_instances(1)

    def _start_instances(self, number: int) -> None:
        capacity = self._function.max_instances - len(self._instances) - self._starting
        for _ in range(min(number, capacity)):
            self._starting += 1
            self._env.process(self._run_start())

    def _run_start(self) -> Events:
        yield self._env.timeout(self._function.cold_start)
        self._starting -= 1
        self._instances.append(Instance(self._function.concurrency))
        for _ in range(min(self._function.concurrency, len(self._waiting))):
            self._waiting.popleft().succeed()

    def _scale(self) -> Events:
        """Start the instances that the average load of the last minute needs."""
        while True:
            yield self._env.timeout(SCALING_INTERVAL_S)
            self._history.append(self._cpu_used)
            self._cpu_used = 0.0
            self.instances_over_time.append((self._env.now, len(self._instances)))
            load = sum(self._history) / len(self._history) / SCALING_INTERVAL_S
            self._start_instances(
                math.ceil(load / self._function.target) - len(self._instances) - self._starting
            )
