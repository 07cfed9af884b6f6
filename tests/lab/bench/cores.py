"""One core for the server that is measured, the others for everything else, where that can be chosen."""

import os

_ALL = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
PINNED = len(_ALL) > 1
"""Whether server and load have cores of their own."""


def give_server_core(pid: int) -> None:
    """Move a process that has no children yet to the servers' core."""
    if PINNED:
        os.sched_setaffinity(pid, _ALL[:1])


def use_other_cores() -> None:
    """Move the calling process to the cores beside it."""
    if PINNED:
        os.sched_setaffinity(0, _ALL[1:])
