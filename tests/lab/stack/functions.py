"""Every function of the project that there is a folder for, each in a process of its own."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from pathlib import Path

from tests.lab.stack.emulators import Emulators
from tests.lab.stack.environment import console_subscriptions, function_environment
from tests.lab.stack.errors import StackError
from tests.lab.stack.function_process import FunctionProcess
from tests.lab.stack.output import Sink
from tests.lab.stack.paths import ROOT
from tests.lab.stack.topology import Topology

FOLDER = ROOT / "functions"
WITHOUT_SUBSCRIPTIONS = ("console",)


def sources(topology: Topology, only: Collection[str] = (), folder: Path = FOLDER) -> dict[str, Path]:
    """Return the `main.py` of each function that exists, by name; of those in `only`, when it names any."""
    names = [*topology.functions, *WITHOUT_SUBSCRIPTIONS]
    wanted = [name for name in dict.fromkeys(names) if not only or name in only]
    return {name: main for name in wanted if (main := folder / name / "main.py").is_file()}


def environments(
    topology: Topology, names: Collection[str], project: str, servers: Emulators, keyset: Path
) -> dict[str, dict[str, str]]:
    """Return each function's environment, by name; the console's names all subscriptions."""
    given = {
        name: function_environment(
            project,
            servers,
            keyset,
            topology.subscriptions_of(name) if name in topology.functions else {},
        )
        for name in names
    }
    for name in given.keys() & set(WITHOUT_SUBSCRIPTIONS):
        given[name]["SUBSCRIPTIONS"] = console_subscriptions(topology.subscriptions)
    return given


@contextlib.asynccontextmanager
async def serving(
    sources: Mapping[str, Path], environments: Mapping[str, Mapping[str, str]], sink: Sink
) -> AsyncIterator[dict[str, FunctionProcess]]:
    """Yield the functions' processes by name, all answering; end them and their workers on leaving.

    Raises:
        StackError: one of them does not start.
    """
    processes = [FunctionProcess(name, main, environments[name], sink) for name, main in sources.items()]
    urls = json.dumps({process.name: process.url for process in processes})
    for process in processes:
        if process.name in WITHOUT_SUBSCRIPTIONS:
            process.tell(FUNCTION_URLS=urls)
    try:
        for process in processes:
            await process.start()
        await _all_ready(processes)
        yield {process.name: process for process in processes}
    finally:
        await asyncio.gather(*(process.stop() for process in processes))


async def _all_ready(processes: Iterable[FunctionProcess]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for process in processes:
                group.create_task(process.wait_ready())
    except* StackError as failures:
        raise StackError("\n".join(map(str, failures.exceptions))) from None
