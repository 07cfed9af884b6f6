"""Who else used the machine while something was measured."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from tests.lab import processor

QUIET = 0.05
"""Share of the machine that others may use before a figure is told with a warning."""


@dataclass(frozen=True)
class Reading:
    """Processor seconds so far: of the machine, and of the bench with all that it started."""

    at: float
    machine: float
    own: float

    @classmethod
    def now(cls) -> Self:
        """Read them."""
        return cls(time.monotonic(), processor.of_machine(), processor.of_everybody_below(os.getpid()))


@contextmanager
def noticed(shares: dict[str, float], what: str) -> Iterator[None]:
    """Note which share of the machine others used while something was measured."""
    before = Reading.now()
    yield
    shares[what] = share(before, Reading.now(), os.cpu_count() or 1)


def share(before: Reading, after: Reading, cores: int) -> float:
    """Return which share of the machine's time others used between two readings."""
    others = (after.machine - before.machine) - (after.own - before.own)
    return round(max(0.0, others) / ((after.at - before.at) * cores), 3)


def warning(shares: dict[str, float]) -> str:
    """Say what was measured beside other work; nothing where the machine was quiet."""
    disturbed = [f"{name} ({share:.0%})" for name, share in shares.items() if share > QUIET]
    return f"; others used the machine meanwhile: {', '.join(disturbed)}" if disturbed else ""
