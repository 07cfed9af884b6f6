"""Collect the output of many processes in one place, each line with the process's name in front."""

import asyncio
import os
import stat
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

Sink = Callable[[str, str], None]
"""Accepts a process's name and one line of its output, without the line end."""

MAX_LINE_BYTES = 16 << 20
KEPT_LINES = 20


def to_terminal(name: str, line: str) -> None:
    """Print a line with the process's name in front."""
    print(f"{name:>14} | {line}", flush=True)


class Terminal:
    """A sink that prints lines, until the terminal or the pipe is closed; then it calls `on_closed`."""

    def __init__(self, on_closed: Callable[[], None]) -> None:
        self._on_closed = on_closed

    def __call__(self, name: str, line: str) -> None:
        """Print a line with the process's name in front."""
        self.print(lambda: to_terminal(name, line))

    def print(self, printing: Callable[[], None]) -> None:
        """Call a function that prints."""
        try:
            printing()
        except (OSError, SystemExit):  # rich exits when a pipe is closed
            self._close()

    def watch_pipe(self, loop: asyncio.AbstractEventLoop) -> None:
        """Notice that the pipe's reader ended without printing: a quiet stack may never print again."""
        descriptor = sys.stdout.fileno()
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):

            def closed() -> None:
                loop.remove_reader(descriptor)
                self._close()

            loop.add_reader(descriptor, closed)  # an error on the writing end counts as readable

    def _close(self) -> None:
        # What is printed from now on, by the interpreter's last flush too, goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        self._on_closed()


def to_files(folder: Path) -> Sink:
    """Return a sink that appends to `folder/<name>.log`; remove the files of an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.log"):
        old.unlink()

    def write(name: str, line: str) -> None:
        with (folder / f"{name}.log").open("a", encoding="utf-8") as file:
            file.write(f"{name} | {line}\n")

    return write


class Output:
    """A pipe that serves as the standard output of one process after another, from `open` to `close`.

    asyncio's own pipe does not work here: workers that outlive their master hold it open, and asyncio
    reports the master's end only when it is closed.
    """

    def __init__(self, name: str, sink: Sink) -> None:
        self._name = name
        self._sink = sink
        self._last: deque[str] = deque(maxlen=KEPT_LINES)

    async def open(self) -> None:
        """Create the pipe; `descriptor` is the end for the processes."""
        read, self.descriptor = os.pipe()
        reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read, "rb")
        )
        self._reading = asyncio.create_task(self._read_lines(reader))

    async def close(self) -> None:
        """Read what is left in the pipe, and close it."""
        os.close(self.descriptor)
        await asyncio.wait([self._reading], timeout=1)
        self._reading.cancel()
        self._transport.close()

    def add_line(self, line: str) -> None:
        """Add a line to the output of the process."""
        self._last.append(line)
        self._sink(self._name, line)

    def last_lines(self) -> str:
        """Return the last lines, for an error message."""
        return "\n".join(self._last)

    async def _read_lines(self, reader: asyncio.StreamReader) -> None:
        async for line in reader:
            self.add_line(line.decode(errors="replace").rstrip())
