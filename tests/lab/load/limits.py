"""The limits of Google's emulators: a load test that exceeds them is refused before it starts."""

import math

from tests.lab.bench.backend.subscriptions import MAX_PULL_BYTES
from tests.lab.load.plan import Plan
from tests.lab.stack.emulators import HEAP_MIB
from tests.lab.stack.errors import StackError

HEAP_FACTOR = 14
"""Heap of each emulator for each byte of a message; it is never freed."""

BASE_HEAP_MIB = 1_024
"""Heap of each emulator without messages."""

EMULATORS = 2

MAX_SIZE_IN_MEMORY = MAX_PULL_BYTES - 5_000
"""Bytes of a message's data that the backend in memory can deliver; attributes and ids take the rest."""

MAX_ORDERING_KEYS = 8_000
"""An ordered subscription keeps a thread for each of its keys; near 9,000 threads the machine does nothing
else."""


def heap_mib(plan: Plan, memory_bytes: int) -> int:
    """Return the heap that each emulator needs for a plan, on a machine with `memory_bytes` available.

    Raises StackError, with the remedy, if the emulators cannot run the plan.
    """
    if plan.messages > MAX_ORDERING_KEYS and not 0 < plan.customers <= MAX_ORDERING_KEYS:
        raise StackError(
            f"{plan.messages:,} orders of as many customers are more ordering keys than the Pub/Sub emulator "
            f"supports ({MAX_ORDERING_KEYS:,}): use fewer customers, such as --customers 1000"
        )
    needed = max(HEAP_MIB, BASE_HEAP_MIB + math.ceil(plan.messages * plan.size * HEAP_FACTOR / 2**20))
    available = memory_bytes // 2**20
    if EMULATORS * needed > available:
        raise StackError(
            f"{plan.messages:,} messages stay in the emulators' memory and need {EMULATORS * needed:,} MiB; "
            f"{available:,} are available: shorten --minutes, or lower --rate"
        )
    return needed


def check_size(plan: Plan) -> None:
    """Raise StackError if the messages are too large for the backend in memory."""
    if plan.size > MAX_SIZE_IN_MEMORY:
        raise StackError(
            f"the backend in memory delivers messages of at most {MAX_SIZE_IN_MEMORY:,} bytes: lower --size"
        )
