"""Start programs that never outlive the stack, and end them."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence

import psutil

from tests.lab.stack import die_with_parent as tether

PORTS = (15_000, 32_000)


def tethered(command: Sequence[str], death_signal: signal.Signals = signal.SIGKILL) -> list[str]:
    """Return `command` wrapped so that it receives `death_signal` when this process dies, however it dies.

    The kernel watches the starting *thread*: start it from the main thread.
    """
    wrapper = [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), str(int(death_signal))]
    return [*wrapper, *command]


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nothing uses at this moment.

    It lies below the range from which systems number outgoing connections: one of those would else take the
    port before the program meant for it does, or while that program is being restarted.
    """
    while True:
        port = random.randrange(*PORTS)  # noqa: S311  # spreads ports, guards nothing
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def listens(pid: int, port: int) -> bool:
    """Tell whether the process itself, not just anybody, listens on the TCP port."""
    try:
        sockets = psutil.Process(pid).net_connections("tcp")
    except psutil.Error:
        return False
    return any(s.status == psutil.CONN_LISTEN and s.laddr.port == port for s in sockets)


def stop(process: subprocess.Popen[bytes], grace: float) -> None:
    """End a process: SIGTERM, then SIGKILL when `grace` seconds have not been enough."""
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def signal_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to every process of the group that `leader` started, if any is left."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, number)
