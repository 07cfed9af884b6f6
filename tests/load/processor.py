"""Processor time as the machine accounts for it, in seconds."""

import psutil


def of_machine() -> float:
    """Return what all processors together were busy with so far; what a hypervisor gave to others, too."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait)


def of_family(pid: int) -> float:
    """Return what a process and those below it that still run have used so far."""
    return sum(map(_of, family(pid)))


def of_everybody_below(pid: int) -> float:
    """Return what a process has used so far, with all that it ever started."""
    return sum(_of(each) + _of_ended_children(each) for each in family(pid))


def family(pid: int) -> list[psutil.Process]:
    """Return a process and those below it."""
    master = psutil.Process(pid)
    return [master, *master.children(recursive=True)]


def _of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _of_ended_children(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.children_user + times.children_system)
