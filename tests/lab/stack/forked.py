"""Start functions by forking a process that has imported their libraries: a fifth of the processor time."""

import asyncio
import atexit
import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence

from tests.lab.stack.paths import ROOT

INTERPRETER = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
"""Python reads its variables when an interpreter starts: others need another interpreter."""


class ForkedProcess:
    """A function's process, as `asyncio.subprocess.Process` presents one."""

    def __init__(self, pid: int, ended: asyncio.Task[int]) -> None:
        self.pid = pid
        self._ended = ended

    @property
    def returncode(self) -> int | None:
        """Return the exit status; None while it runs."""
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        """Return the exit status when it has ended."""
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        """Send SIGTERM, if it runs."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)


class ForkServer:
    """The process that forks: one for all functions that this process starts, until it ends."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.lab.stack.fork_server", str(theirs.fileno())],
                env=_without_interpreters(os.environ) | INTERPRETER,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        atexit.register(self.stop)

    def is_running(self) -> bool:
        """Return whether it takes requests."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it, and the functions that still run."""
        self._requests.close()
        self._process.wait()

    async def fork(self, words: Sequence[str], environ: Mapping[str, str], output: int) -> ForkedProcess:
        """Run functions-framework with these arguments; it prints to the descriptor `output`."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._requests, [b"\n"], [theirs.fileno(), output])
        reader, writer = await asyncio.open_connection(sock=ours)
        writer.write(json.dumps([dict(environ), [*words]]).encode() + b"\n")
        pid = int(await reader.readline())
        return ForkedProcess(pid, asyncio.create_task(_status(reader, writer)))


async def _status(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    line = await reader.readline()
    writer.close()
    return int(line or -signal.SIGTERM)  # without the fork server the function ends, too


def can_fork(environ: Mapping[str, str]) -> bool:
    """Return whether a function with this environment can start from the shared interpreter."""
    given = {name: value for name, value in environ.items() if name.startswith("PYTHON")}
    return given == INTERPRETER


def fork_server() -> ForkServer:
    """Return the server of this process; start it at the first use, and again where it was killed."""
    if not _server().is_running():
        _server.cache_clear()
    return _server()


@functools.cache
def _server() -> ForkServer:
    return ForkServer()


def _without_interpreters(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith("PYTHON")}
