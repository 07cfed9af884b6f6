"""Google's emulators of Pub/Sub and Firestore: started here, or used where they already run."""

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
from tests.lab.stack.processes import free_port, listens, stop, tethered

START_TIMEOUT = 60.0
STOP_GRACE = 20.0  # the first clean stop also writes the class archive
PORT_TRIES = 3
HEAP = 2_048
"""MiB that an emulator may use. Neither returns memory before it ends."""

# A full heap must end an emulator visibly, not slow it down for ever.
JVM_FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")


@dataclass(frozen=True)
class Emulators:
    """Hold where the emulators answer, each as "host:port", and those of them that were started here."""

    pubsub: str
    firestore: str
    started: "tuple[Emulator, ...]" = field(default=(), compare=False, repr=False)

    def dead(self) -> str | None:
        """Return what is to be said of an emulator that was started here and has ended, if one has."""
        return next((emulator.last_words() for emulator in self.started if not emulator.lives()), None)


class Emulator:
    """Run one emulator of the SDK on 127.0.0.1, on the given port or a free one; `heap` is in MiB."""

    def __init__(self, component: sdk.Component, port: int | None = None, heap: int = HEAP) -> None:
        self._component = component
        self._heap = heap
        self._given_port = port
        self._java, self._jar = sdk.find_java(), sdk.find_jar(component)
        self._log: IO[bytes] = tempfile.TemporaryFile("a+b")  # noqa: SIM115  # lives as long as the emulator
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
        """Block until it answers; move to another free port where the first was taken meanwhile.

        Raises:
            StackError: it died or stayed silent for `START_TIMEOUT` seconds; ends with what it printed.
        """
        tries = 1 if self._given_port else PORT_TRIES
        for left in reversed(range(tries)):
            if self._answered():
                return self
            if not left or not self._port_is_taken():
                break
            stop(self._process, STOP_GRACE)
            self._spawn()
        words = self.last_words()
        self.stop()
        raise StackError(f"an emulator did not start: {words}")

    def lives(self) -> bool:
        """Tell whether the JVM runs."""
        return self._process.poll() is None

    def last_words(self) -> str:
        """Return which emulator it is, its exit status if it has one, and the end of what it printed."""
        status = self._process.poll()
        return f"the {self._component.name} on {self.address}, status {status}:\n{self._said()[-2000:]}"

    def stop(self) -> None:
        """End the JVM and forget its output."""
        stop(self._process, STOP_GRACE)
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
            tethered([*jvm, *program]),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the stack, which stops its parts in order
        )

    def _answered(self) -> bool:
        deadline = time.monotonic() + START_TIMEOUT
        while self._process.poll() is None and not self._port_is_taken() and time.monotonic() < deadline:
            # Another program on the port would answer too.
            if answers(self.address) and listens(self.pid, self._port):
                return True
            time.sleep(0.02)
        return False

    def _port_is_taken(self) -> bool:
        # The Pub/Sub emulator says so and then lives on, listening nowhere.
        return "BindException" in self._said()

    def _said(self) -> str:
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")


def answers(address: str, timeout: float = 2.0) -> bool:
    """Tell whether an emulator at "host:port" answers `GET /` within `timeout` seconds."""
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
    heap: int = HEAP,
) -> Iterator[Emulators]:
    """Yield both emulators, answering; stop on leaving those that were started here, each with `heap` MiB.

    PUBSUB_EMULATOR_HOST and FIRESTORE_EMULATOR_HOST in `environ` point to emulators that already run; such an
    emulator is used and left alone.

    Raises:
        StackError: one cannot start, or the one pointed to does not answer.
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
        if not answers(given):
            raise StackError(
                f"{component.variable} is {given}, but nothing answers there. Start it, or unset the variable"
            )
        return given
    emulator = Emulator(component, port, heap)
    stack.callback(emulator.stop)
    return emulator


def _address(emulator: Emulator | str) -> str:
    return emulator if isinstance(emulator, str) else emulator.address
