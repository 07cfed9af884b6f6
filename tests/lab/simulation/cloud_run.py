"""Instances of a function that Cloud Run starts as they are needed."""

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
        calls_ms: what a message waits for Firestore and Pub/Sub, in ms, at its median.
        network_ms: from Pub/Sub to the instance and back.
        concurrency: requests at once on one instance.
        min_instances: that are always warm.
        max_instances: that there are at most.
        cold_start: seconds until a new instance answers.
        target: share of its core, or of its places, at which another instance is started.
        on_reject: "redeliver" or "dead_letter", as in the topology.
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


SCALING_INTERVAL = 1.0
"""Seconds between two looks at the load."""

SCALING_WINDOW = 60
"""Seconds that the load is averaged over; documented of Cloud Run."""

SPREAD = 0.3
"""Standard deviation of the logarithm of what calls take: p99 at twice the median."""


@dataclass(eq=False, slots=True)
class Instance:
    """One instance: its places, and when its core has done all it was given."""

    free: int
    core_free_at: float = 0.0


class CloudRun:
    """Sends requests to instances with a free place; those that find none wait and have one started."""

    def __init__(
        self, env: simpy.Environment, function: Function, random: Random, outage: float = 0.0
    ) -> None:
        """Answer nothing but errors for the first `outage` seconds."""
        self._env = env
        self._function = function
        self._random = random
        self._outage = outage
        self._instances = deque(Instance(function.concurrency) for _ in range(function.min_instances))
        self._starting = 0
        self._waiting: deque[simpy.Event] = deque()
        self._cpu_used = 0.0
        self._history: deque[float] = deque(maxlen=SCALING_WINDOW)
        self.instances_over_time: list[tuple[float, int]] = []
        env.process(self._scale())

    def publish(self, message: Message) -> Events:
        """Take no time: Pub/Sub's own is in every journey alike."""
        yield from ()

    def push(self, message: Message) -> Events:
        """Find a place, use the core, wait for the calls."""
        instance = yield from self._place()
        yield self._env.timeout(self._took(instance))
        self._release(instance)
        if self._env.now < self._outage:
            return False
        return message.valid or self._function.on_reject == "dead_letter"

    def _took(self, instance: Instance) -> float:
        cpu = self._function.cpu_ms / 1000
        self._cpu_used += cpu
        instance.core_free_at = max(self._env.now, instance.core_free_at) + cpu
        calls = self._function.calls_ms * self._random.lognormvariate(0, SPREAD)
        return instance.core_free_at - self._env.now + (calls + self._function.network_ms) / 1000

    def _place(self) -> Events:
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
            self._start(1)

    def _start(self, wanted: int) -> None:
        room = self._function.max_instances - len(self._instances) - self._starting
        for _ in range(min(wanted, room)):
            self._starting += 1
            self._env.process(self._started())

    def _started(self) -> Events:
        yield self._env.timeout(self._function.cold_start)
        self._starting -= 1
        self._instances.append(Instance(self._function.concurrency))
        for _ in range(min(self._function.concurrency, len(self._waiting))):
            self._waiting.popleft().succeed()

    def _scale(self) -> Events:
        """Look at the load now and then, and start what its average over a minute asks for."""
        while True:
            yield self._env.timeout(SCALING_INTERVAL)
            self._history.append(self._cpu_used)
            self._cpu_used = 0.0
            self.instances_over_time.append((self._env.now, len(self._instances)))
            load = sum(self._history) / len(self._history) / SCALING_INTERVAL
            self._start(math.ceil(load / self._function.target) - len(self._instances) - self._starting)
