"""Start programs that end with the stack, and stop them."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Sequence

import psutil

from tests.lab.stack import die_with_parent as wrapper_script

PORT_RANGE = (15_000, 32_000)


def die_with_parent(command: Sequence[str], death_signal: signal.Signals = signal.SIGKILL) -> list[str]:
    """Return a command that runs `command` and sends it `death_signal` when this process dies in any way.

    The kernel watches the starting *thread*, so start it from the main thread.
    """
    wrapper = [sys.executable, "-I", "-S", wrapper_script.__file__, str(os.getpid()), str(int(death_signal))]
    return [*wrapper, *command]


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that is free now.

    The port is below the range that the system uses for outgoing connections. A connection could otherwise
    take the port before the program starts, or while it restarts.
    """
    while True:
        port = random.randrange(*PORT_RANGE)  # noqa: S311  # spreads ports; not a secret
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def listens(pid: int, port: int) -> bool:
    """Return whether this process, and not another one, listens on the TCP port."""
    try:
        sockets = psutil.Process(pid).net_connections("tcp")
    except psutil.Error:
        return False
    return any(s.status == psutil.CONN_LISTEN and s.laddr.port == port for s in sockets)


def stop(process: subprocess.Popen[bytes], timeout: float) -> None:
    """End a process with SIGTERM, then with SIGKILL after `timeout` seconds."""
    process.terminate()
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def signal_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to every remaining process of the group of `leader`."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, number)


def still_running(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Return those that run; a process that ended counts as ended before its parent has waited for it."""
    return [each for each in processes if each.is_running() and not _is_zombie(each)]


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
