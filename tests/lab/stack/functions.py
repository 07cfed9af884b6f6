"""The project's functions, each in its own process."""

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
    """Return the `main.py` of each function by name; only those in `only`, if it is not empty."""
    names = [*topology.functions, *WITHOUT_SUBSCRIPTIONS]
    chosen = [name for name in dict.fromkeys(names) if not only or name in only]
    return {name: main for name in chosen if (main := folder / name / "main.py").is_file()}


def environments(
    topology: Topology, names: Collection[str], project: str, servers: Emulators, keyset: Path
) -> dict[str, dict[str, str]]:
    """Return each function's environment by name; the console's contains all subscriptions."""
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
    sources: Mapping[str, Path],
    environments: Mapping[str, Mapping[str, str]],
    sink: Sink,
    *,
    instances: int = 1,
    release: Path | None = None,
) -> AsyncIterator[dict[str, FunctionProcess]]:
    """Yield the functions' processes by name, ready for requests; end them and their workers on exit.

    Each function but the console runs in as many processes as `instances` says. The first has the function's
    name, the second is `<name>-2`. With `release`, the folder of an earlier release, `<name>-release`
    serves too.

    Raises:
        StackError: a function does not start.
    """
    processes = [
        FunctionProcess(function, main, environments[function], sink, instance=number)
        for function, main in sources.items()
        for number in range(1, 1 + (1 if function in WITHOUT_SUBSCRIPTIONS else instances))
    ]
    if release:
        processes += [
            FunctionProcess.of_release(release, function, environments[function], sink)
            for function in sources.keys() - set(WITHOUT_SUBSCRIPTIONS)
        ]
    urls = json.dumps({each.function: each.url for each in processes if each.name == each.function})
    for process in processes:
        if process.name in WITHOUT_SUBSCRIPTIONS:
            process.add_variables(FUNCTION_URLS=urls)
    try:
        for process in processes:
            await process.start()
        await _wait_all_ready(processes)
        yield {process.name: process for process in processes}
    finally:
        await asyncio.gather(*(process.stop() for process in processes))


async def _wait_all_ready(processes: Iterable[FunctionProcess]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for process in processes:
                group.create_task(process.wait_ready())
    except ExceptionGroup as failures:  # not `except*`: Python 3.11.2 puts what it raises into a group again
        reasons, others = failures.split(StackError)
        if reasons is None or others is not None:
            raise
        raise StackError("\n".join(map(str, reasons.exceptions))) from None
