"""One function in its own process under functions-framework, restarted when it ends."""

import asyncio
import contextlib
import json
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

import aiohttp

from tests.lab.stack.errors import StackError
from tests.lab.stack.forked import ForkedProcess, can_fork, fork_server
from tests.lab.stack.output import Output, Sink
from tests.lab.stack.paths import ROOT
from tests.lab.stack.polling import until
from tests.lab.stack.processes import die_with_parent, free_port, signal_group

READY_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 10.0
SHORT_LIFE_S = 10.0
ADDED_KEYS = {"catch_all", "producers"}
"""Keys of SUBSCRIPTIONS that the last release refuses; a revision keeps the variables of its deployment."""

FIRST_DELAY_S, LONGEST_DELAY_S = 0.2, 5.0


class FunctionProcess:
    """Run `source` under functions-framework, on a free port that stays the same across restarts.

    Attributes:
        function: the name of the function.
        name: the prefix of its output lines, another one for each instance of the function.
        url: where it accepts requests.
        restarts: the number of restarts so far.
    """

    def __init__(
        self,
        function: str,
        source: Path,
        environ: Mapping[str, str],
        sink: Sink,
        *,
        instance: int | str = 1,
        root: Path = ROOT,
    ) -> None:
        self.function = function
        self.name = name = function if instance == 1 else f"{function}-{instance}"
        self._root = root
        self.restarts = 0
        self._source = source
        self._environ = environ
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._output = Output(name, sink)
        self._process: asyncio.subprocess.Process | ForkedProcess | None = None
        self._supervision: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    @classmethod
    def of_release(cls, root: Path, function: str, environ: Mapping[str, str], sink: Sink) -> Self:
        """Return the function of another release, with the code and the packages in its folder."""
        source = root / "functions" / function / "main.py"
        subscriptions = json.dumps(
            {
                name: {key: value for key, value in policy.items() if key not in ADDED_KEYS}
                for name, policy in json.loads(environ["SUBSCRIPTIONS"]).items()
            }
        )
        environ = {**environ, "PYTHONPATH": str(root), "SUBSCRIPTIONS": subscriptions}
        return cls(function, source, environ, sink, instance="release", root=root)

    @property
    def pid(self) -> int:
        """Return the process id of the server's master; its workers share its process group."""
        assert self._process is not None
        return self._process.pid

    def add_variables(self, **variables: str) -> None:
        """Add environment variables for the next `start` or `restart`."""
        self._environ = {**self._environ, **variables}

    async def start(self) -> None:
        """Start the process, and restart it when it ends until `stop`."""
        await self._output.open()
        # gunicorn puts a control socket there; by default all servers of a user share one path.
        self._runtime_folder = tempfile.TemporaryDirectory(prefix=f"{self.name}-")
        await self._spawn()
        self._supervision = asyncio.create_task(self._supervise())

    def restart(self) -> None:
        """Start again at once, because the code or the environment has changed."""
        assert self._process is not None
        self._changed.set()
        if self._process.returncode is None:
            self._process.terminate()

    async def stop(self) -> None:
        """End the master and its workers, if `start` was called."""
        if self._supervision is not None:
            self._supervision.cancel()
            await asyncio.wait([self._supervision])
            await self._end()
            await self._output.close()
            self._runtime_folder.cleanup()

    async def wait_ready(self) -> None:
        """Return when the function answers requests.

        Raises:
            StackError: it ended or did not answer within `READY_TIMEOUT_S`; the text has its output.
        """
        with contextlib.suppress(TimeoutError):
            await until(self._answers_or_ended, READY_TIMEOUT_S)
        if self.restarts or not await self.answers():
            raise StackError(f"the function {self.name} did not start:\n{self._output.last_lines()}")

    async def _answers_or_ended(self) -> bool:
        return self.restarts > 0 or await self.answers()

    async def answers(self) -> bool:
        """Return whether it answers requests now, without running the function."""
        try:
            # The framework answers this path without calling the function.
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/robots.txt"):
                return True
        except aiohttp.ClientError:
            return False

    async def _spawn(self) -> None:
        options = ["--asgi", "--target", "handle", "--source", str(self._source)]
        options += ["--host", "127.0.0.1", "--port", str(self._port)]
        environ = {**self._environ, "XDG_RUNTIME_DIR": self._runtime_folder.name}
        if self._root == ROOT and can_fork(environ):
            self._process = await fork_server().fork(options, environ, self._output.descriptor)
        else:
            self._process = await self._start_interpreter(options, environ)

    async def _start_interpreter(
        self, options: Iterable[str], environ: Mapping[str, str]
    ) -> asyncio.subprocess.Process:
        python = sys.executable if self._root == ROOT else str(self._root / ".venv" / "bin" / "python")
        program = [python, "-m", "functions_framework", *options]
        return await asyncio.create_subprocess_exec(
            # SIGTERM instead of SIGKILL: the master must end its workers.
            *die_with_parent(program, signal.SIGTERM),
            env=environ,
            cwd=self._root,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self._output.descriptor,
            stderr=self._output.descriptor,
            start_new_session=True,
        )

    async def _supervise(self) -> None:
        delay = FIRST_DELAY_S
        while self._process is not None:
            started = time.monotonic()
            status = await self._process.wait()
            signal_group(self.pid, signal.SIGKILL)  # leftover workers would keep the port
            delay = (
                min(2 * delay, LONGEST_DELAY_S)
                if time.monotonic() - started < SHORT_LIFE_S
                else FIRST_DELAY_S
            )
            reason = "it has changed" if self._changed.is_set() else f"ended with status {status}"
            self._output.add_line(f"{reason}; starting again")
            self.restarts += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), delay)
            self._changed.clear()
            await self._spawn()

    async def _end(self) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), STOP_TIMEOUT_S)
        signal_group(self.pid, signal.SIGKILL)
        await self._process.wait()
