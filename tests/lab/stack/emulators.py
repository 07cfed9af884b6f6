"""Google's emulators of Pub/Sub and Firestore: starts them, or uses those that already run."""

import contextlib
import http.client
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Self

from tests.lab.stack import sdk
from tests.lab.stack.archive import ClassArchive
from tests.lab.stack.errors import StackError
from tests.lab.stack.processes import die_with_parent, free_port, listens, stop

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0  # the first clean stop also writes the class archive
PATIENCE_S = 15.0
"""A running emulator pauses for seconds while it collects garbage."""
PORT_TRIES = 3
HEAP_MIB = 2_048
"""Heap of an emulator. Neither emulator frees memory before it ends."""

# An emulator with a full heap must end with an error instead of becoming slower and slower.
JVM_FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")


@dataclass(frozen=True)
class Emulators:
    """The addresses of the emulators ("host:port"), and the emulators that this process started."""

    pubsub: str
    firestore: str
    started: "tuple[Emulator, ...]" = field(default=(), compare=False, repr=False)

    @property
    def variables(self) -> dict[str, str]:
        """Return the environment variables that name them to Google's clients."""
        return {"PUBSUB_EMULATOR_HOST": self.pubsub, "FIRESTORE_EMULATOR_HOST": self.firestore}

    def find_ended(self) -> str | None:
        """Describe an emulator of this process that has ended; None if all are running."""
        return next((emulator.describe() for emulator in self.started if not emulator.is_running()), None)


class Emulator:
    """Run one emulator on 127.0.0.1, on the given port or a free one; `heap` is in MiB."""

    def __init__(self, component: sdk.Component, port: int | None = None, heap: int = HEAP_MIB) -> None:
        self._component = component
        self._heap = heap
        self._given_port = port
        self._jar = sdk.find_jar(component)
        self._java = sdk.find_java(sdk.required_java(self._jar, component))
        self._log: IO[bytes] = tempfile.TemporaryFile("a+b")  # noqa: SIM115  # open as long as the emulator runs
        self._spawn()

    @property
    def address(self) -> str:
        """Return "host:port"."""
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Return the process id of the JVM."""
        return self._process.pid

    def wait_ready(self) -> Self:
        """Block until the emulator answers; try another free port if the first one is taken.

        Raises:
            StackError: it ended or did not answer within `START_TIMEOUT_S`; the text has its output.
        """
        tries = 1 if self._given_port else PORT_TRIES
        for left in reversed(range(tries)):
            if self._answered():
                return self
            if not left or not self._port_is_taken():
                break
            stop(self._process, STOP_TIMEOUT_S)
            self._spawn()
        description = self.describe()
        self.stop()
        raise StackError(f"an emulator did not start: {description}")

    def is_running(self) -> bool:
        """Return whether the JVM runs."""
        return self._process.poll() is None

    def describe(self) -> str:
        """Return the emulator's name, exit status and last output."""
        status = self._process.poll()
        return f"the {self._component.name} on {self.address}, status {status}:\n{self._printed()[-2000:]}"

    def stop(self) -> None:
        """End the JVM and discard its output."""
        stop(self._process, STOP_TIMEOUT_S)
        self._log.close()
        if self._process.returncode == -signal.SIGKILL:
            self._archive.discard()
        else:
            self._archive.keep()

    def _spawn(self) -> None:
        self._port = self._given_port or free_port()
        self._archive = ClassArchive(self._java, self._jar)
        self._log.truncate(0)
        jvm = [
            str(self._java),
            f"-Xmx{self._heap}m",
            *JVM_FLAGS,
            *self._archive.flags(),
            "-Duser.language=en",
        ]
        program = ["-cp", str(self._jar), self._component.main, "--host=127.0.0.1", f"--port={self._port}"]
        self._process = subprocess.Popen(
            die_with_parent([*jvm, *program]),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # the stack handles Ctrl-C and stops its parts in order
        )

    def _answered(self) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_S
        while self._process.poll() is None and not self._port_is_taken() and time.monotonic() < deadline:
            # Another program on the port would also answer.
            if answers(self.address) and listens(self.pid, self._port):
                return True
            time.sleep(0.02)
        return False

    def _port_is_taken(self) -> bool:
        # The Pub/Sub emulator prints this and keeps running without a port.
        return "BindException" in self._printed()

    def _printed(self) -> str:
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")


def answers(address: str, timeout: float = 2.0) -> bool:
    """Return whether an emulator at "host:port" answers `GET /` within `timeout` seconds."""
    connection = http.client.HTTPConnection(address, timeout=timeout)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def running(
    environ: Mapping[str, str] = os.environ,
    *,
    pubsub_port: int | None = None,
    firestore_port: int | None = None,
    heap: int = HEAP_MIB,
) -> Iterator[Emulators]:
    """Yield both emulators, ready for calls; on exit stop those that were started here, with `heap` MiB each.

    PUBSUB_EMULATOR_HOST and FIRESTORE_EMULATOR_HOST in `environ` name emulators that already run; those are
    used and not stopped.

    Raises:
        StackError: an emulator cannot start, or a named one does not answer.
    """
    with contextlib.ExitStack() as stack:
        pubsub = _start_or_use(stack, environ, sdk.PUBSUB, pubsub_port, heap)
        firestore = _start_or_use(stack, environ, sdk.FIRESTORE, firestore_port, heap)
        started = tuple(each for each in (pubsub, firestore) if isinstance(each, Emulator))
        for emulator in started:
            emulator.wait_ready()
        yield Emulators(_address(pubsub), _address(firestore), started)


def _start_or_use(
    stack: contextlib.ExitStack,
    environ: Mapping[str, str],
    component: sdk.Component,
    port: int | None,
    heap: int,
) -> Emulator | str:
    if given := environ.get(component.variable):
        if not answers(given, PATIENCE_S):
            raise StackError(
                f"{component.variable} is {given}, but nothing answers there. Start it, or unset the variable"
            )
        return given
    emulator = Emulator(component, port, heap)
    stack.callback(emulator.stop)
    return emulator


def _address(emulator: Emulator | str) -> str:
    return emulator if isinstance(emulator, str) else emulator.address
