"""Run another program that is ended when the process that started it dies.

Run as a script: `die_with_parent.py PARENT_PID SIGNAL COMMAND...`. A parent that is killed with SIGKILL
cannot clean up. On Linux the child asks the kernel for a signal; it does this itself after its start, because
fork hooks are unsafe in a parent with threads. Elsewhere a second process watches the parent.
"""

import ctypes
import os
import sys
import time

PR_SET_PDEATHSIG = 1
INTERVAL_S = 0.5


def main(arguments: list[str]) -> None:
    """Request `SIGNAL` at the parent's death, then replace this process with the command."""
    parent, number, *command = arguments
    end_with(int(parent), int(number))
    os.execvp(command[0], command)  # noqa: S606  # runs the given program without a shell


def end_with(parent: int, number: int) -> None:
    """Request a signal for this process at the death of its parent; exit if that has died."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    elif os.fork() == 0:
        watch(parent, number, os.getppid())
        os._exit(0)
    if os.getppid() != parent:  # the parent died before the request: no signal will come
        sys.exit(1)


def watch(parent: int, number: int, program: int) -> None:
    """Send the signal to the program when the parent has ended; return when either has ended."""
    while os.getppid() == program:
        try:
            os.kill(parent, 0)
        except ProcessLookupError:
            os.kill(program, number)
            return
        time.sleep(INTERVAL_S)


if __name__ == "__main__":
    main(sys.argv[1:])
