"""Functions run as their runtime runs them, come back when they die, and leave nothing behind."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.lab.stack import topology
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.environment import function_environment
from tests.lab.stack.errors import StackError
from tests.lab.stack.functions import serving, sources
from tests.lab.stack.keyset import ensure_keyset
from tests.lab.stack.output import to_files
from tests.lab.stack.paths import ROOT
from tests.lab.stack.polling import until
from tests.lab.stack.processes import still_running

ECHO = """
import os
import functions_framework.aio

@functions_framework.aio.http
async def handle(request):
    print("asked by", request.headers["x-name"])
    return os.environ["GREETING"], 200
"""
MODULES = """
import sys
import functions_framework.aio

LOADED = " ".join(sys.modules)

@functions_framework.aio.http
async def handle(request):
    return LOADED, 200
"""
CONTROL_SOCKET = """
import functions_framework.aio
from gunicorn.config import Config

@functions_framework.aio.http
async def handle(request):
    return f"disabled: {Config().control_socket_disable}", 200
"""
BROKEN = "raise RuntimeError('no such order')"
SERVE_AND_WAIT = """
import asyncio, os, sys
from pathlib import Path
from tests.lab.stack.functions import serving
from tests.lab.stack.output import to_terminal

async def main():
    async with serving({"echo": Path(sys.argv[1])}, {"echo": dict(os.environ)}, to_terminal) as processes:
        print("pid", processes["echo"].pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    """Return the source of a function that prints who asks and answers with a greeting."""
    main = tmp_path / "main.py"
    main.write_text(ECHO)
    return main


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return a function's environment with a greeting in it, and no variable of the caller's interpreter."""
    for name in [name for name in os.environ if name.startswith("PYTHON")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GREETING", "sawasdee")
    return function_environment("p", Emulators("127.0.0.1:1", "127.0.0.1:2"), Path("keyset.json"), {})


async def ask(url: str) -> str:
    """Return the function's answer."""
    async with aiohttp.ClientSession() as session, session.get(url, headers={"x-name": "tester"}) as response:
        return await response.text()


async def test_a_function_answers_with_its_environment_and_its_lines_are_prefixed(
    echo: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    """A function gets its environment, and its output lines have its name in front."""
    log = tmp_path / "logs" / "echo.log"
    async with serving({"echo": echo}, {"echo": environ}, to_files(log.parent)) as processes:
        assert await ask(processes["echo"].url) == "sawasdee"

    assert "echo | asked by tester\n" in log.read_text()


async def test_a_killed_function_comes_back_on_its_port(echo: Path, environ: dict[str, str]) -> None:
    """A function with a killed master is served again at the same address, by new workers only."""
    lines: list[str] = []
    async with serving({"echo": echo}, {"echo": environ}, lambda _, line: lines.append(line)) as processes:
        process = processes["echo"]
        master = psutil.Process(process.pid)
        workers = master.children()
        master.send_signal(signal.SIGKILL)
        await until(lambda: process.restarts == 1 and process.pid != master.pid)
        await until(lambda: not still_running(workers))
        await until(process.answers)
        assert await ask(process.url) == "sawasdee"
    assert any("starting again" in line for line in lines)


async def test_stopping_ends_the_workers_too(echo: Path, environ: dict[str, str]) -> None:
    """Leaving the context ends the master and every worker."""
    async with serving({"echo": echo}, {"echo": environ}, lambda *_: None) as processes:
        master = psutil.Process(processes["echo"].pid)
        family = [master, *master.children(recursive=True)]
        assert len(family) > 1

    assert still_running(family) == []


async def test_a_function_starts_without_code_of_the_project(environ: dict[str, str], tmp_path: Path) -> None:
    """The process that is forked has imported libraries only: a function imports the present code itself."""
    main = tmp_path / "main.py"
    main.write_text(MODULES)

    async with serving({"modules": main}, {"modules": environ}, lambda *_: None) as processes:
        modules = (await ask(processes["modules"].url)).split()

    assert "google.cloud.firestore_v1.types" in modules
    assert "google.cloud.firestore_v1.services" not in modules
    assert [name for name in modules if name.split(".")[0] in {"shared", "functions", "application"}] == []


async def test_functions_open_no_control_socket(environ: dict[str, str], tmp_path: Path) -> None:
    """By default gunicorn opens one for its operator, and all forked functions would open the same."""
    main = tmp_path / "main.py"
    main.write_text(CONTROL_SOCKET)

    async with serving({"control": main}, {"control": environ}, lambda *_: None) as processes:
        assert await ask(processes["control"].url) == "disabled: True"


async def test_a_function_with_variables_of_python_has_its_own_interpreter(
    environ: dict[str, str], tmp_path: Path
) -> None:
    """A variable that Python reads at its start has its effect."""
    main = tmp_path / "main.py"
    main.write_text(ECHO.replace('os.environ["GREETING"]', "str(__debug__)"))
    environs = {"plain": environ, "optimised": environ | {"PYTHONOPTIMIZE": "1"}}

    async with serving(dict.fromkeys(environs, main), environs, lambda *_: None) as processes:
        assert [await ask(each.url) for each in processes.values()] == ["True", "False"]


async def test_a_function_comes_back_after_the_process_that_forked_it(
    echo: Path, environ: dict[str, str]
) -> None:
    """When the process that forks is killed, its functions end, and start again from a new one."""
    async with serving({"echo": echo}, {"echo": environ}, lambda *_: None) as processes:
        process = processes["echo"]
        master = psutil.Process(process.pid)
        forking = master.parent()
        assert forking is not None
        assert forking.pid != os.getpid()
        forking.kill()
        await until(lambda: process.restarts == 1 and process.pid != master.pid)
        await until(process.answers)
        assert await ask(process.url) == "sawasdee"


async def test_a_function_that_cannot_be_loaded_is_an_error_with_its_last_words(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    """A function that dies at its start is reported with what it printed, not restarted for ever."""
    main = tmp_path / "main.py"
    main.write_text(BROKEN)

    with pytest.raises(StackError, match="no such order"):
        async with serving({"broken": main}, {"broken": environ}, lambda *_: None):
            pass


def test_a_killed_parent_takes_functions_and_workers_along(echo: Path) -> None:
    """A parent killed without a chance to clean up leaves neither master nor worker."""
    command = [sys.executable, "-c", SERVE_AND_WAIT, str(echo)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        pid = next(line for line in parent.stdout if line.startswith("pid ")).split()[1]
        master = psutil.Process(int(pid))
        family = [master, *master.children(recursive=True)]
        parent.send_signal(signal.SIGKILL)
        _, left = psutil.wait_procs(family, timeout=30)
    assert not left


def test_the_environment_has_the_subscriptions_of_the_topology() -> None:
    """A function learns the topic of each subscription, its producers, policy and dead-letter topic."""
    plan = topology.load()
    servers = Emulators("127.0.0.1:1", "127.0.0.1:2")
    environ = function_environment("p", servers, Path("k"), plan.subscriptions_of("order_create"))

    assert json.loads(environ["SUBSCRIPTIONS"])["order-create-sub"] == {
        "topic": "order-create",
        "on_reject": "redeliver",
        "catch_all": False,
        "nacks_per_minute": 80,
        "dead_letter_topic": "order-create-dlq",
        "producers": ["QC-SMF"],
    }
    dead_letters = function_environment("p", servers, Path("k"), plan.subscriptions_of("dlq"))
    assert json.loads(dead_letters["SUBSCRIPTIONS"])["order-create-dlq-sub"]["dead_letter_topic"] is None


def test_only_functions_with_a_folder_are_found(tmp_path: Path) -> None:
    """A function of the topology without a source yet is left out; the console needs no subscription."""
    for name in ("order_create", "console", "stranger"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.py").touch()

    assert list(sources(topology.load(), folder=tmp_path)) == ["order_create", "console"]
    assert list(sources(topology.load(), only=["console"], folder=tmp_path)) == ["console"]


def test_the_keyset_is_made_once_and_private(tmp_path: Path) -> None:
    """The first use writes the keyset readable by its owner only; later uses keep it."""
    path = tmp_path / "keyset.json"

    ensure_keyset(path, lambda: "first")
    ensure_keyset(path, lambda: "second")

    assert path.read_text() == "first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
