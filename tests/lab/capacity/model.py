"""The capacity model: instances and what limits them, from a message's cost and the calls it waits for."""

import math
from dataclasses import dataclass

TARGET_UTILISATION = 0.6
"""Share of its core, and of its places, at which Cloud Run adds an instance (cloud.google.com/run/docs)."""


@dataclass(frozen=True)
class Need:
    """What so many messages a second take of one function."""

    rate: float
    instances: int
    limited_by: str
    in_flight: float
    """Requests under way on each instance, on average; its concurrency must be above."""


def need(rate: float, *, cpu_ms: float, wait_ms: float, concurrency: int) -> Need:
    """Compute the instances that `rate` messages a second keep busy.

    An instance is full where its core is, or where its places are taken by requests that wait.
    """
    by_core = rate * cpu_ms / 1000
    by_places = rate * (cpu_ms + wait_ms) / 1000 / concurrency
    instances = math.ceil(max(by_core, by_places) / TARGET_UTILISATION)
    return Need(
        rate=rate,
        instances=instances,
        limited_by="core" if by_core >= by_places else "concurrency",
        in_flight=rate * (cpu_ms + wait_ms) / 1000 / instances,
    )


RAMP_START, RAMP_FACTOR, RAMP_MINUTES = 500, 1.5, 5
"""Operations a second that a cold collection takes, and how they may grow: 500/50/5
(firebase.google.com/docs/firestore/best-practices)."""


def ramp_minutes(writes_a_second: float) -> int:
    """Return the minutes until a cold collection takes so many writes a second."""
    steps = math.ceil(math.log(max(1.0, writes_a_second / RAMP_START), RAMP_FACTOR))
    return RAMP_MINUTES * steps


def available(*parts: float) -> float:
    """Multiply the availability of parts that are all needed."""
    return math.prod(parts)
