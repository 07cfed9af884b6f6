"""Import the functions' libraries once, then fork a process of functions-framework for every request.

Run as a module with the descriptor of a socket: `python -m tests.lab.stack.fork_server DESCRIPTOR`. It has
one thread and no channel. It keeps no module of `shared` and `functions`: each function imports the present
code, with its own environment. When the other end of the socket is closed, it ends, and the functions end.
"""

import contextlib
import importlib
import json
import os
import re
import runpy
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from shared.gcp import import_message_types
from tests.lab.stack.die_with_parent import end_with

PROGRAM = "functions_framework"
SERVER = ("functions_framework.aio", "functions_framework._http.gunicorn", "uvicorn_worker")
"""What the framework imports when it starts to serve."""

MESSAGE_TYPES = ("google.cloud.firestore_v1", "google.pubsub_v1")
"""The packages that `shared/gcp` imports without their clients."""

IMPORT = re.compile(r"^(?:from|import) ([\w.]+)", re.MULTILINE)
"""An import at the top of a module, not one inside a function."""

running: dict[int, int] = {}
"""The descriptor that reports the end of a process, by process id."""


def libraries(root: Path) -> Iterator[str]:
    """Yield the modules that the functions import from elsewhere."""
    own = {path.stem for path in (root / "functions").rglob("*") if "__pycache__" not in path.parts}
    for folder in ("functions", "shared"):
        for file in (root / folder).rglob("*.py"):
            names = IMPORT.findall(file.read_text(encoding="utf-8"))
            yield from (name for name in names if name.split(".")[0] not in own | {"shared"})


def main(descriptor: int) -> None:
    """Serve requests. Return in each forked process, which has taken over the request's environment."""
    _import_libraries(Path.cwd())
    signal.signal(signal.SIGCHLD, lambda *_: _report_ended())
    server = os.getpid()
    with socket.socket(fileno=descriptor) as requests:
        while True:
            _, descriptors, *_ = socket.recv_fds(requests, 1, 2)
            if not descriptors:
                sys.exit()
            connection, output = descriptors
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
            pid = os.fork()
            if not pid:
                break
            os.close(output)
            running[pid] = connection
            _report(connection, pid)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    _become(server, connection, output)


def _import_libraries(root: Path) -> None:
    for package in MESSAGE_TYPES:
        import_message_types(package)
    for name in dict.fromkeys([*SERVER, *libraries(root)]):
        with contextlib.suppress(ImportError):  # the function that needs it reports it
            importlib.import_module(name)
    for name in [each for each in sys.modules if each.partition(".")[0] == "shared"]:
        del sys.modules[name]
    # Its path depends on the environment at gunicorn's import: all functions would open the same socket.
    importlib.import_module("gunicorn.config").ControlSocketDisable.default = True


def _report_ended() -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            connection = running.pop(ended[0])
            _report(connection, os.waitstatus_to_exitcode(ended[1]))
            os.close(connection)


def _report(connection: int, number: int) -> None:
    with contextlib.suppress(OSError):  # the other end no longer waits for it
        os.write(connection, b"%d\n" % number)


def _become(server: int, connection: int, output: int) -> None:
    """Take over session, output and environment as a process has them that was started for the function."""
    os.setsid()
    # SIGTERM instead of SIGKILL: the master must end its workers.
    end_with(server, signal.SIGTERM)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for other in running.values():
        os.close(other)
    with open(connection, "rb") as request:
        environ, sys.argv[1:] = json.loads(request.readline())
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(environ)


if __name__ == "__main__":
    main(int(sys.argv[1]))
    runpy.run_module(PROGRAM, run_name="__main__", alter_sys=True)
