"""Processor time as the machine accounts for it, in seconds."""

import psutil


def of_machine() -> float:
    """Return what all processors together were busy with so far; what a hypervisor gave to others, too."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait)


def of_family(pid: int) -> float:
    """Return what a process and those below it that still run have used so far."""
    return float(sum(sum(each.cpu_times()[:2]) for each in family(pid)))


def of_everybody_below(pid: int) -> float:
    """Return what a process has used so far, with all that it ever started."""
    return float(sum(sum(each.cpu_times()[:4]) for each in family(pid)))  # with children that have ended


def family(pid: int) -> list[psutil.Process]:
    """Return a process and those below it."""
    master = psutil.Process(pid)
    return [master, *master.children(recursive=True)]
