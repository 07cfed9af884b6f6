"""Become another program that the kernel ends together with the process that started it.

Run as a script, `tether.py PARENT_PID SIGNAL COMMAND...`: a parent killed with SIGKILL cannot clean up after
itself, so the child asks the kernel to (Linux; elsewhere the command runs untethered). Doing this after the
start, in the child, keeps fork hooks out of a parent that has threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Ask for `SIGNAL` at the parent's death, then replace this process with the command."""
    parent, number, *command = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != int(parent):  # the parent died before the request: no signal will come
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606  # the whole point: no shell, the given program itself


if __name__ == "__main__":
    main(sys.argv[1:])
