"""Processor time of each part of the stack, and of the rest of the machine, between two moments."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from tests.lab import processor
from tests.lab.stack.stack import Stack

EMULATORS = ("pubsub_emulator", "firestore_emulator")
OURS = "relay"
"""The part that runs in this process, with what watches it."""


@dataclass(frozen=True)
class Reading:
    """Processor seconds so far, by part, and of the whole machine."""

    at: float
    parts: Mapping[str, float]
    machine: float


def read(stack: Stack) -> Reading:
    """Read what a stack's parts and the machine have used so far."""
    parts = {OURS: time.process_time()}
    for name, process in stack.processes.items():
        parts[name] = processor.of_family(process.pid)
    if len(stack.emulators.started) == len(EMULATORS):  # those of someone else are nobody's part
        for name, emulator in zip(EMULATORS, stack.emulators.started, strict=True):
            parts[name] = processor.of_family(emulator.pid)
    return Reading(time.monotonic(), parts, processor.of_machine())


def between(before: Reading, after: Reading) -> dict[str, float]:
    """Return the processor seconds of each part, and of others on the machine as `others`.

    What else is the load test's own, such as its publishers, is among the others.
    """
    used = {name: after.parts[name] - before.parts[name] for name in before.parts}
    return used | {"others": max(0.0, after.machine - before.machine - sum(used.values()))}
