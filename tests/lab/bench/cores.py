"""One core for the measured server, the other cores for everything else, where the system allows it."""

import os

_ALL = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
PINNED = len(_ALL) > 1
"""Whether server and load generator run on different cores."""


def pin_server(pid: int) -> None:
    """Move a process without children to the servers' core."""
    if PINNED:
        os.sched_setaffinity(pid, _ALL[:1])


def use_other_cores() -> None:
    """Move the calling process to the other cores."""
    if PINNED:
        os.sched_setaffinity(0, _ALL[1:])
