"""One variant in its own process under functions-framework, with its processor time and memory."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from tests.lab import cpu_time
from tests.lab.bench import cores
from tests.lab.stack.errors import StackError
from tests.lab.stack.paths import ROOT
from tests.lab.stack.processes import die_with_parent, free_port, signal_group

VARIANTS = Path(__file__).parent / "variants"
START_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Variant:
    """One implementation of a function.

    Attributes:
        name: its name in reports.
        source: its `main.py`.
        asgi: whether it is asynchronous and runs under the framework's ASGI server.
        function_name: the function with the same subscriptions.
    """

    name: str
    source: Path
    asgi: bool = True
    function_name: str = "order_create"

    @classmethod
    def function(cls, name: str) -> Self:
        """Return a function of the project as a variant."""
        return cls(name, ROOT / "functions" / name / "main.py", function_name=name)

    @classmethod
    def for_comparison(cls, name: str, *, asgi: bool = True) -> Self:
        """Return a variant that exists only for comparison."""
        return cls(name, VARIANTS / name / "main.py", asgi)


class Server:
    """Run a variant from construction to `stop`, on a core that the rest of the bench does not use."""

    def __init__(self, variant: Variant, environ: Mapping[str, str]) -> None:
        self.variant = variant
        self.port = free_port()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # open as long as the server runs
        self._runtime = tempfile.TemporaryDirectory()
        program = [sys.executable, "-m", "functions_framework", *(["--asgi"] if variant.asgi else [])]
        place = ["--target", "handle", "--source", str(variant.source), "--host", "127.0.0.1"]
        self._process = subprocess.Popen(
            # SIGTERM instead of SIGKILL: the master must end its worker.
            die_with_parent([*program, *place, "--port", str(self.port)], signal.SIGTERM),
            env={**environ, "XDG_RUNTIME_DIR": self._runtime.name},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            start_new_session=True,
        )
        cores.pin(self._process.pid, 0)  # its worker, which starts later, inherits the core

    def wait_listening(self) -> Self:
        """Block until it accepts connections. Raises StackError with its output if it does not."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not accepts(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise StackError(f"{self.variant.name} did not start:\n{self.errors()}")
            time.sleep(0.005)
        return self

    def errors(self) -> str:
        """Return the end of its standard error."""
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")[-3000:]

    def cpu_seconds(self) -> float:
        """Return the user and system time of master and workers so far."""
        return cpu_time.of_family(self._process.pid)

    def resident_bytes(self) -> int:
        """Return the resident memory of the worker, without the master, which does not grow."""
        return self.worker().memory_info().rss

    def worker(self) -> psutil.Process:
        """Return the process that answers requests: the master if it has no workers."""
        return cpu_time.family(self._process.pid)[-1]

    def unshared_bytes(self) -> int:
        """Return the memory of the other processes that they do not share with the worker."""
        return sum(each.memory_full_info().uss for each in cpu_time.family(self._process.pid)[:-1])

    def stop(self) -> None:
        """End master and workers."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        signal_group(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._log.close()
        self._runtime.cleanup()


def accepts(port: int) -> bool:
    """Return whether a process listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
