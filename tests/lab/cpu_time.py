"""Processor time as the operating system counts it, in seconds."""

import psutil


def of_machine() -> float:
    """Return the busy time of all processors so far, including time that a hypervisor took."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait)


def of_family(pid: int) -> float:
    """Return the time used by a process and its running descendants."""
    return float(sum(sum(each.cpu_times()[:2]) for each in family(pid)))


def of_all_descendants(pid: int) -> float:
    """Return the time used by a process and all its descendants, including those that have ended."""
    # The first two times are the process's own (user, system), the next two those of its ended children.
    return float(sum(sum(each.cpu_times()[:4]) for each in family(pid)))


def family(pid: int) -> list[psutil.Process]:
    """Return a process and its descendants."""
    master = psutil.Process(pid)
    return [master, *master.children(recursive=True)]
