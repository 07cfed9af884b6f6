"""Processor time of each part of the stack, and of other programs, between two moments."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from tests.lab import processor
from tests.lab.stack.stack import Stack

EMULATORS = ("pubsub_emulator", "firestore_emulator")
OWN_PROCESS = "relay"
"""The part that runs in this process."""


@dataclass(frozen=True)
class Reading:
    """Processor seconds so far, by part, and of the whole machine."""

    at: float
    parts: Mapping[str, float]
    machine: float


def read(stack: Stack) -> Reading:
    """Read the processor time of a stack's parts and of the machine."""
    parts = {OWN_PROCESS: time.process_time()}
    for name, process in stack.processes.items():
        parts[name] = processor.of_family(process.pid)
    if len(stack.emulators.started) == len(EMULATORS):  # others are not part of the stack
        for name, emulator in zip(EMULATORS, stack.emulators.started, strict=True):
            parts[name] = processor.of_family(emulator.pid)
    return Reading(time.monotonic(), parts, processor.of_machine())


def between(before: Reading, after: Reading) -> dict[str, float]:
    """Return the processor seconds of each part between two readings, and those of other programs as `noise`.

    The publishers of the load test count as noise here.
    """
    used = {name: after.parts[name] - before.parts[name] for name in before.parts}
    return used | {"noise": max(0.0, after.machine - before.machine - sum(used.values()))}
