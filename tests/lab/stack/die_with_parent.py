"""Run another program that the kernel ends when the process that started it dies.

Run as a script: `die_with_parent.py PARENT_PID SIGNAL COMMAND...`. A parent that is killed with SIGKILL
cannot clean up, so the child asks the kernel for a signal (on Linux; elsewhere the command runs without it).
The child does this itself after its start, because fork hooks are unsafe in a parent with threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Request `SIGNAL` at the parent's death, then replace this process with the command."""
    parent, number, *command = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != int(parent):  # the parent died before the request: no signal will come
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606  # runs the given program without a shell


if __name__ == "__main__":
    main(sys.argv[1:])
