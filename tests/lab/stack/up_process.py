"""`up` as a child process: start it, wait for its env file, stop it."""

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
from tests.lab.stack.processes import die_with_parent

READY_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 60.0

RESTORE_SIGNALS = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Restores signals that the test run ignores, as it does under nohup or in a shell's background.

A program of its own: gRPC's threads of the test run can stop a forked child that has yet to call exec.
"""


class UpProcess:
    """Run `python -m tests.lab.stack.up` with its files in `folder`.

    Attributes:
        env_file: the env file that it writes when every part answers.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str], *options: str) -> None:
        self.env_file = folder / "env"
        self._log = folder / "up.log"
        command = [sys.executable, "-m", "tests.lab.stack.up", "--env-file", str(self.env_file), *options]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-S",
                    "-c",
                    RESTORE_SIGNALS,
                    *die_with_parent(command, signal.SIGTERM),
                ],
                env=environ,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def wait_ready(self) -> StackClient:
        """Block until the env file exists; return a client.

        Raises:
            StackError: it ended early, or took longer than `READY_TIMEOUT_S`; the text has its output.
        """
        deadline = time.monotonic() + READY_TIMEOUT_S
        while self._process.poll() is None and time.monotonic() < deadline:
            if variables := env_file.read(self.env_file):
                return StackClient(variables)
            time.sleep(0.05)
        self.stop()
        raise StackError(f"the stack did not come up:\n{self.output()}")

    def output(self) -> str:
        """Return its output so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def family(self) -> list[psutil.Process]:
        """Return its processes: `up`, emulators, functions and their workers."""
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]

    def wait(self) -> int:
        """Wait until the process ends; return its exit status."""
        return self._process.wait(STOP_TIMEOUT_S)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; return the exit status."""
        self._process.send_signal(number)
        try:
            return self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
