"""`up` ends by a signal, when it is killed and when a part ends; nothing is left behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.lab.stack import env_file, sdk
from tests.lab.stack.emulators import Emulators, answers
from tests.lab.stack.paths import ROOT
from tests.lab.stack.polling import until
from tests.lab.stack.processes import free_port, still_running
from tests.lab.stack.up_process import UpProcess

pytestmark = pytest.mark.emulator


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., UpProcess]]:
    """Yield `UpProcess` with a folder of this test; stop what the test has not stopped."""
    started: list[UpProcess] = []

    def starting(environ: dict[str, str], *options: str) -> UpProcess:
        started.append(UpProcess(tmp_path, environ, *options))
        return started[-1]

    yield starting
    for process in started:
        process.stop()


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    asyncio.run(until(condition, timeout=90))


@pytest.fixture
def own_environ() -> dict[str, str]:
    """Return an environment without emulators, so that `up` starts its own."""
    variables = {sdk.PUBSUB.variable, sdk.FIRESTORE.variable}
    return {name: value for name, value in os.environ.items() if name not in variables}


def test_a_signal_stops_everything_it_started(
    own_environ: dict[str, str], start: Callable[..., UpProcess]
) -> None:
    """A signal ends every process with status 0, emulators included, and removes the env file."""
    up = start(own_environ, "--only", "dlq")
    stack = up.wait_ready()
    family = up.family()
    assert [process.name() for process in family].count("java") == 2

    assert up.stop() == 0, up.output()

    assert still_running(family) == []
    assert not up.env_file.exists()
    assert not answers(stack.emulators.pubsub)


async def test_a_signal_while_it_starts_stops_it_too(
    own_environ: dict[str, str], start: Callable[..., UpProcess]
) -> None:
    """A signal during the start ends all started parts with status 0."""
    up = start(own_environ)
    await until(lambda: len(up.family()) > 1)
    family = up.family()

    assert up.stop() == 0, up.output()

    assert still_running(family) == []
    assert not up.env_file.exists()


def test_killing_it_leaves_no_process(own_environ: dict[str, str], start: Callable[..., UpProcess]) -> None:
    """SIGKILL to `up` also ends its emulators, functions and workers."""
    up = start(own_environ, "--only", "dlq")
    up.wait_ready()
    family = up.family()

    up.stop(signal.SIGKILL)

    _, left = psutil.wait_procs(family, timeout=30)
    assert not left


def test_a_killed_make_leaves_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    """SIGKILL to `make` stops the stack as a signal does; FUNCTIONS names the functions that run."""
    env = tmp_path / "of a stack" / "env"
    command = ["make", "up", "FUNCTIONS=dlq order_cancel", f"STACK_ENV={env}"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as make:
        wait_for(env.exists)
        family = psutil.Process(make.pid).children(recursive=True)
        variables = env_file.read(env)
        make.kill()

    _, left = psutil.wait_procs(family, timeout=30)
    assert not left
    assert not env.exists()
    assert {name for name in variables if name.endswith("_URL")} == {
        *("DLQ_URL", "ORDER_CANCEL_URL", "STACK_CONTROL_URL", "METRICS_URL")
    }


@pytest.mark.parametrize("last", ["The local stack is running", "Stop with Ctrl-C."])
def test_a_closed_pipe_ends_it_without_an_error(environ: dict[str, str], tmp_path: Path, last: str) -> None:
    """`make up | head -1` prints one line, stops the stack, and ends with status 0; if it is quiet, too."""
    command = [
        sys.executable,
        "-m",
        "tests.lab.stack.up",
        "--only",
        "dlq",
        "--env-file",
        str(tmp_path / "env"),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as up:
        assert up.stdout is not None
        assert up.stderr is not None
        assert any(line.strip() == last for line in up.stdout)
        up.stdout.close()
        errors = up.stderr.read()

    assert (up.returncode, errors) == (0, "")
    assert not (tmp_path / "env").exists()


def test_a_dead_emulator_ends_it_with_the_reason(
    own_environ: dict[str, str], start: Callable[..., UpProcess]
) -> None:
    """When an emulator ends, `up` reports it, stops the rest and exits with 1."""
    up = start(own_environ, "--only", "dlq")
    up.wait_ready()
    family = up.family()
    for process in family:
        if process.name() == "java":
            process.kill()

    assert up.wait() == 1

    assert "up: an emulator has ended: the " in up.output()
    assert still_running(family) == []
    assert not up.env_file.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_emulators_it_did_not_start_are_left_running(
    environ: dict[str, str], emulators: Emulators, start: Callable[..., UpProcess], number: signal.Signals
) -> None:
    """Ctrl-C, or a closed terminal, ends a stack on given emulators, and leaves those running."""
    up = start(environ, "--only", "dlq")
    stack = up.wait_ready()
    family = up.family()

    assert up.stop(number) == 0, up.output()

    assert still_running(family) == []
    assert not up.env_file.exists()
    assert stack.url("dlq") in up.output()
    assert answers(emulators.pubsub)
    assert answers(emulators.firestore)


def test_a_part_that_cannot_start_is_named_and_nothing_is_left(
    environ: dict[str, str], start: Callable[..., UpProcess]
) -> None:
    """If an emulator does not answer, `up` reports it, exits with 1 and leaves no env file."""
    silent = f"127.0.0.1:{free_port()}"

    up = start(environ | {sdk.FIRESTORE.variable: silent})

    assert up.wait() == 1
    assert f"FIRESTORE_EMULATOR_HOST is {silent}" in up.output()
    assert "Traceback" not in up.output()
    assert not up.env_file.exists()
