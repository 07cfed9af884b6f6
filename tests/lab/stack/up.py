"""Run the local stack until Ctrl-C, SIGTERM, or the end of its terminal: `python -m tests.lab.stack.up`."""

import argparse
import asyncio
import contextlib
import re
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.lab.scene.messages import FAILURES, GOOD, GROUPS, Scene
from tests.lab.scene.play import play
from tests.lab.stack import env_file, paths, screen
from tests.lab.stack.client import StackClient
from tests.lab.stack.errors import StackError
from tests.lab.stack.output import Terminal, to_files
from tests.lab.stack.stack import PROJECT, Stack
from tests.lab.stack.topology import TopologyError


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.stack.up", description=__doc__)
    parser.add_argument("--time-scale", type=float, default=1.0, help="multiplies the backoff of deliveries")
    parser.add_argument(
        "--env-file", type=Path, default=paths.ENV_FILE, help="written when every part is ready"
    )
    parser.add_argument("--project", default=PROJECT, help="project id of topics and documents")
    parser.add_argument(
        "--only",
        type=lambda names: re.split(r"[\s,]+", names.strip()),
        default=[],
        help="function,function,...",
    )
    parser.add_argument("--instances", type=int, default=1, help="processes of each function")
    parser.add_argument("--reload", action="store_true", help="restart functions when their code changes")
    parser.add_argument("--demo", action="store_true", help="play the scene that fills the console")
    parser.add_argument("--quiet", action="store_true", help="write output to logs/ beside the env file")
    return parser.parse_args(words)


async def up(options: argparse.Namespace, terminal: Terminal) -> None:
    """Run until cancelled.

    Raises:
        StackError: a part cannot start, or ended unexpectedly.
    """
    env_file.refuse_second(options.env_file)
    sink = to_files(options.env_file.parent / "logs") if options.quiet else terminal
    stack = Stack(
        sink,
        project=options.project,
        time_scale=options.time_scale,
        only=options.only,
        instances=options.instances,
        reload=options.reload,
    )
    async with stack:
        with env_file.written(options.env_file, stack.environment):
            if not options.quiet:
                terminal.print(lambda: screen.show(stack, options.env_file))
            async with _demo(stack, terminal) if options.demo else contextlib.nullcontext():
                raise await stack.failure()


@contextlib.asynccontextmanager
async def _demo(stack: Stack, terminal: Terminal) -> AsyncIterator[None]:
    """Play the scene beside the running stack, and print the console's address at its end."""

    async def fill() -> None:
        try:
            await play(StackClient(stack.environment), Scene(f"{datetime.now(UTC):%Y-%m-%d}"))
        except TimeoutError:
            terminal("demo", "The machine is busy: some messages have no outcome yet.")
        address = stack.environment["CONSOLE_URL"]
        terminal("demo", f"{GOOD} good orders, {FAILURES} failures in {GROUPS} groups: {address}")

    playing = asyncio.create_task(fill())
    try:
        yield
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


async def run_until_signal(options: argparse.Namespace) -> None:
    """Run `up` until a signal or the end of its terminal; ignore further signals while it stops."""
    signalled = asyncio.Event()
    terminal, loop = Terminal(signalled.set), asyncio.get_running_loop()
    terminal.watch_pipe(loop)
    running = asyncio.ensure_future(up(options, terminal))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores SIGHUP
            loop.add_signal_handler(number, signalled.set)
    waiting = asyncio.ensure_future(signalled.wait())
    await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if signalled.is_set():
        running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def main() -> int:
    """Return the exit status: 0 after a signal, 1 after an error."""
    try:
        asyncio.run(run_until_signal(arguments()))
    except (StackError, TopologyError) as error:
        print(f"up: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
