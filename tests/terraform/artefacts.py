"""Each function as the platform runs it: its archive's files, its requirements, the platform's command."""

import asyncio
import contextlib
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterable, Mapping
from functools import partial
from pathlib import Path

import aiohttp

from tests.lab.stack.paths import ROOT
from tests.lab.stack.polling import until
from tests.lab.stack.processes import die_with_parent, free_port, signal_group
from tests.terraform.sources import REQUIREMENTS, archive_files

UV = ROOT / ".tools" / "bin" / "uv"


def unpack(function: str, folder: Path) -> Path:
    """Lay a function's archive out in an empty folder and return it."""
    for inside, source in archive_files(function).items():
        place = folder / inside
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    return folder


def install(folder: Path) -> Path:
    """Make a virtual environment of the functions' requirements alone; return its programs' folder."""
    subprocess.run([UV, "venv", "--quiet", "--no-project", folder], cwd=ROOT, check=True)
    target = ["--python", str(folder), "-r", str(REQUIREMENTS)]
    subprocess.run([UV, "pip", "install", "--quiet", "--require-hashes", *target], cwd=ROOT, check=True)
    return folder / "bin"


@contextlib.asynccontextmanager
async def serving(
    folders: Iterable[tuple[str, Path]], programs: Path, environments: Mapping[str, Mapping[str, str]]
) -> AsyncIterator[dict[str, str]]:
    """Yield the functions' addresses by name, all answering; end them on leaving."""
    processes, urls = [], {}
    try:
        for name, folder in folders:
            port = free_port()
            urls[name] = f"http://127.0.0.1:{port}"
            processes.append(await _start(folder, programs, {**environments[name], "PORT": str(port)}))
            if len(processes) == 1:  # it compiles the requirements; all at once would each do so
                await until(partial(_answers, urls[name]), 90.0)
        await asyncio.gather(*(until(partial(_answers, url), 90.0) for url in urls.values()))
        yield urls
    finally:
        for process in processes:
            signal_group(process.pid, signal.SIGKILL)
        await asyncio.gather(*(process.wait() for process in processes))


async def _start(folder: Path, programs: Path, environ: Mapping[str, str]) -> asyncio.subprocess.Process:
    run = {"FUNCTION_TARGET": "handle", "FUNCTION_USE_ASGI": "true", "HOST": "127.0.0.1"}
    return await asyncio.create_subprocess_exec(
        *die_with_parent([str(programs / "functions-framework")], signal.SIGTERM),
        # A folder of its own for the server's control socket; nothing of this process's environment.
        env={"PATH": str(programs), "XDG_RUNTIME_DIR": str(folder), **run, **environ},
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


async def _answers(url: str) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{url}/robots.txt"):
            return True
    except aiohttp.ClientError:
        return False
