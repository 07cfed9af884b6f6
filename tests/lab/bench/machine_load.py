"""The share of the machine that other programs used during a measurement."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from tests.lab import cpu_time

QUIET_SHARE = 0.05
"""Share of the machine up to which other programs cause no warning."""


@dataclass(frozen=True)
class Reading:
    """Processor seconds so far: of the machine, and of the bench with all its descendants."""

    at: float
    machine: float
    own: float

    @classmethod
    def now(cls) -> Self:
        """Read both counters."""
        return cls(time.monotonic(), cpu_time.of_machine(), cpu_time.of_all_descendants(os.getpid()))


@contextmanager
def record_noise(shares: dict[str, float], what: str) -> Iterator[None]:
    """Record the share of the machine that other programs used during a measurement."""
    before = Reading.now()
    yield
    shares[what] = noise_share(before, Reading.now(), os.cpu_count() or 1)


def noise_share(before: Reading, after: Reading, cores: int) -> float:
    """Return the share of the machine's time that other programs used between two readings."""
    noise = (after.machine - before.machine) - (after.own - before.own)
    return round(max(0.0, noise) / ((after.at - before.at) * cores), 3)


def noise_warning(shares: dict[str, float]) -> str:
    """Return a warning that names the noisy measurements, or an empty text."""
    noisy = [f"{name} ({share:.0%})" for name, share in shares.items() if share > QUIET_SHARE]
    return f"; other programs used the machine: {', '.join(noisy)}" if noisy else ""
