"""The number of instances and what limits them, from a message's processor time and waiting time."""

import math
from dataclasses import dataclass

TARGET_UTILISATION = 0.6
"""Share of core and concurrency at which Cloud Run adds an instance (cloud.google.com/run/docs)."""


@dataclass(frozen=True)
class Need:
    """The instances of one function at a rate of messages."""

    rate: float
    instances: int
    limited_by: str
    in_flight: float
    """Average number of concurrent requests of an instance; its concurrency must be higher."""


def need(rate: float, *, cpu_ms: float, wait_ms: float, concurrency: int) -> Need:
    """Compute the instances for `rate` messages a second.

    An instance is full when its core is, or when waiting requests use all of its concurrency.
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
"""Operations a second that a cold collection accepts, and their allowed growth: 500/50/5
(firebase.google.com/docs/firestore/best-practices)."""


def ramp_minutes(writes_a_second: float) -> int:
    """Return the minutes until a cold collection accepts a rate of writes."""
    steps = math.ceil(math.log(max(1.0, writes_a_second / RAMP_START), RAMP_FACTOR))
    return RAMP_MINUTES * steps


def combined_availability(*parts: float) -> float:
    """Return the availability of a system that needs all parts."""
    return math.prod(parts)
