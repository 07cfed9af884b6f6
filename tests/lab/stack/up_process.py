"""`up` as a child process: started, awaited until its env file appears, and stopped."""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from tests.lab.stack import env_file
from tests.lab.stack.client import StackClient
from tests.lab.stack.errors import StackError
from tests.lab.stack.paths import ROOT
from tests.lab.stack.processes import tethered

READY_TIMEOUT = 120.0
STOP_TIMEOUT = 60.0


class UpProcess:
    """Run `python -m tests.lab.stack.up` with its files in `folder`.

    Attributes:
        env_file: where it says what runs where, once everything does.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str], *options: str) -> None:
        self.env_file = folder / "env"
        self._said = folder / "up.log"
        command = [sys.executable, "-m", "tests.lab.stack.up", "--env-file", str(self.env_file), *options]
        with self._said.open("wb") as log:
            self._process = subprocess.Popen(
                tethered(command, signal.SIGTERM), env=environ, cwd=ROOT, stdout=log, stderr=log
            )

    def wait_ready(self) -> StackClient:
        """Block until the env file is there; return a client.

        Raises:
            StackError: it ended before, or took longer than `READY_TIMEOUT` seconds; with all it printed.
        """
        deadline = time.monotonic() + READY_TIMEOUT
        while self._process.poll() is None and time.monotonic() < deadline:
            if variables := env_file.read(self.env_file):
                return StackClient(variables)
            time.sleep(0.05)
        self.stop()
        raise StackError(f"the stack did not come up:\n{self.said()}")

    def said(self) -> str:
        """Return all it printed so far."""
        return self._said.read_text(encoding="utf-8", errors="replace")

    def family(self) -> list[psutil.Process]:
        """Return its processes: itself, emulators, functions and their workers."""
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]

    def wait(self) -> int:
        """Return the exit status of a process that ends by itself."""
        return self._process.wait(STOP_TIMEOUT)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, SIGTERM or SIGINT; return the exit status."""
        self._process.send_signal(number)
        try:
            return self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
