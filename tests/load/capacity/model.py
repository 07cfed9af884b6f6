"""The capacity model: instances and what limits them, from a message's cost and documented quotas."""

import math
from dataclasses import dataclass

TARGET_UTILISATION = 0.6
"""Share of its core at which Cloud Run adds an instance."""

ROUND_TRIPS = 2
"""Of one order: a commit, then its publishes side by side."""


@dataclass(frozen=True)
class Need:
    """What so many messages a second take."""

    rate: int
    instances: int
    limited_by: str
    doublings: int
    """Times that Firestore's write rate must grow by half from 500/s, each five minutes, when it is cold."""


def need(rate: int, *, cpu_ms: float, call_ms: float, concurrency: int) -> Need:
    """Compute the instances that `rate` messages a second keep busy.

    An instance ends where its core does or where all its places are taken by requests that wait.
    """
    by_core = rate * cpu_ms / 1000 / TARGET_UTILISATION
    by_places = rate * (cpu_ms + ROUND_TRIPS * call_ms) / 1000 / concurrency
    return Need(
        rate=rate,
        instances=math.ceil(max(by_core, by_places)),
        limited_by="core" if by_core >= by_places else "concurrency",
        doublings=max(0, math.ceil(math.log(rate / 500, 1.5))),
    )


def available(*parts: float) -> float:
    """Multiply the availability of parts that are all needed."""
    return math.prod(parts)
