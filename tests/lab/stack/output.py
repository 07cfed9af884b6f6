"""Lead what many processes print into one place, each line prefixed with who said it."""

import asyncio
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path

Sink = Callable[[str, str], None]
"""Takes the speaker's name and one line without its end."""

LONGEST_LINE = 16 << 20
REMEMBERED_LINES = 20


def to_terminal(name: str, line: str) -> None:
    """Print a line behind its speaker's name."""
    print(f"{name:>14} | {line}", flush=True)


def to_files(folder: Path) -> Sink:
    """Return a sink that appends to `folder/<name>.log`; files of an earlier run are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.log"):
        old.unlink()

    def write(name: str, line: str) -> None:
        with (folder / f"{name}.log").open("a", encoding="utf-8") as file:
            file.write(f"{name} | {line}\n")

    return write


class Output:
    """Be the standard output of one process after another, from `open` to `close`.

    The pipe is this class's own, not asyncio's: a child's leftover workers that hold it open must not keep
    anyone from noticing that the child has ended.
    """

    def __init__(self, name: str, sink: Sink) -> None:
        self._name = name
        self._sink = sink
        self._last: deque[str] = deque(maxlen=REMEMBERED_LINES)

    async def open(self) -> None:
        """Make the pipe; `descriptor` is its end for the processes."""
        read, self.descriptor = os.pipe()
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read, "rb")
        )
        self._pump = asyncio.create_task(self._lead(reader))

    async def close(self) -> None:
        """Lead away what is left in the pipe, and close it."""
        os.close(self.descriptor)
        await asyncio.wait([self._pump], timeout=1)
        self._pump.cancel()
        self._transport.close()

    def say(self, line: str) -> None:
        """Add a line about the process to its own."""
        self._last.append(line)
        self._sink(self._name, line)

    def last_words(self) -> str:
        """Return the last lines, for the person who has to find out why it ended."""
        return "\n".join(self._last)

    async def _lead(self, reader: asyncio.StreamReader) -> None:
        async for line in reader:
            self.say(line.decode(errors="replace").rstrip())
