"""What Google's emulators hold: a load test that is too much for them says so before it begins."""

import math

from tests.lab.load.plan import Plan
from tests.lab.stack.emulators import HEAP_MIB
from tests.lab.stack.errors import StackError

MEMORY = 14
"""Bytes of each emulator's heap that stay for each byte of a message, until it ends."""

BASE = 1_024
"""MiB of each emulator besides."""

EMULATORS = 2

ORDERING_KEYS = 8_000
"""An ordered subscription keeps a thread for each key that it has seen; near 9,000 the machine does nothing
else any more."""


def heap(plan: Plan, memory: int) -> int:
    """Return the MiB that each emulator needs for a plan, on a machine with so many bytes of memory.

    Raises StackError, with the remedy, where the emulators cannot carry it.
    """
    if plan.messages > ORDERING_KEYS and not 0 < plan.customers <= ORDERING_KEYS:
        raise StackError(
            f"{plan.messages:,} orders of as many customers are more ordering keys than the Pub/Sub emulator "
            f"bears ({ORDERING_KEYS:,}): let fewer share them, such as --customers 1000"
        )
    needed = max(HEAP_MIB, BASE + math.ceil(plan.messages * plan.size * MEMORY / 2**20))
    available = memory // 2**20
    if EMULATORS * needed > available:
        raise StackError(
            f"{plan.messages:,} messages stay in the emulators' memory and take {EMULATORS * needed:,} MiB; "
            f"{available:,} are available: shorten --minutes, or lower --rate"
        )
    return needed
