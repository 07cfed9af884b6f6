"""One core for the measured server, the other cores for everything else, where the system allows it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_ALL = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
PINNED = len(_ALL) > 1
"""Whether server and load generator run on different cores."""


def core_at(position: int) -> int:
    """Return the core at a position, counted from 0; the last core where the machine has fewer."""
    return _ALL[min(position, len(_ALL) - 1)]


def pin(pid: int, position: int) -> None:
    """Move a process to the core at a position."""
    if PINNED:
        os.sched_setaffinity(pid, {core_at(position)})


@contextmanager
def on_core(position: int) -> Iterator[None]:
    """Keep the calling thread on a core, with all threads and processes that it starts."""
    pin(0, position)
    try:
        yield
    finally:
        if PINNED:
            os.sched_setaffinity(0, _ALL)


def use_other_cores() -> None:
    """Move the calling process to the other cores."""
    if PINNED:
        os.sched_setaffinity(0, _ALL[1:])
