"""Processor time of each part of the system, and of other programs, between two moments."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from tests.lab import cpu_time

OWN_PROCESS = "relay"
"""The part that runs in this process."""


@dataclass(frozen=True)
class Reading:
    """Processor seconds so far, by part, and of the whole machine."""

    at: float
    parts: Mapping[str, float]
    machine: float


def read(pids: Mapping[str, int]) -> Reading:
    """Read the processor time of this process, of the parts in other processes, and of the machine."""
    parts = {OWN_PROCESS: time.process_time()}
    parts |= {name: cpu_time.of_family(pid) for name, pid in pids.items()}
    return Reading(time.monotonic(), parts, cpu_time.of_machine())


def between(before: Reading, after: Reading) -> dict[str, float]:
    """Return the processor seconds of each part between two readings, and those of other programs as `noise`.

    The publishers of the load test count as noise here.
    """
    used = {name: after.parts[name] - before.parts[name] for name in before.parts}
    return used | {"noise": max(0.0, after.machine - before.machine - sum(used.values()))}
