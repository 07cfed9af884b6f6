"""The emulators start ready, stop cleanly, and never outlive the process that started them."""

import signal
import subprocess
import sys

import psutil
import pytest

from tests.lab.stack import sdk
from tests.lab.stack.emulators import Emulator, Emulators, answers, running
from tests.lab.stack.errors import StackError
from tests.lab.stack.paths import ROOT
from tests.lab.stack.processes import free_port

pytestmark = pytest.mark.emulator

START_AND_WAIT = """
import time
from tests.lab.stack import sdk
from tests.lab.stack.emulators import Emulator
emulator = Emulator(sdk.FIRESTORE).wait_ready()
print(emulator.pid, flush=True)
time.sleep(600)
"""


def test_both_emulators_answer(emulators: Emulators) -> None:
    """The run's emulators answer on two addresses."""
    assert answers(emulators.pubsub)
    assert answers(emulators.firestore)
    assert emulators.pubsub != emulators.firestore


def test_a_stopped_emulator_leaves_no_process() -> None:
    """Stopping ends the JVM and frees the port."""
    port = free_port()
    emulator = Emulator(sdk.PUBSUB, port).wait_ready()
    assert emulator.address == f"127.0.0.1:{port}"

    emulator.stop()

    assert not psutil.pid_exists(emulator.pid)
    assert not answers(emulator.address)


def test_the_emulator_ends_with_a_killed_parent() -> None:
    """A parent that is killed with SIGKILL leaves no JVM."""
    command = [sys.executable, "-c", START_AND_WAIT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        java = psutil.Process(int(parent.stdout.readline()))
        assert java.name() == "java"
        parent.send_signal(signal.SIGKILL)

    java.wait(timeout=20)


def test_running_emulators_are_used_and_left_alone(emulators: Emulators) -> None:
    """Emulators named by the environment are used and still answer afterwards."""
    environ = {sdk.PUBSUB.variable: emulators.pubsub, sdk.FIRESTORE.variable: emulators.firestore}

    with running(environ) as pair:
        assert pair == emulators

    assert answers(pair.pubsub)
    assert answers(pair.firestore)


def test_a_silent_address_is_named(emulators: Emulators) -> None:
    """An address without an answer is refused, and the error names its variable."""
    silent = f"127.0.0.1:{free_port()}"
    environ = {sdk.PUBSUB.variable: emulators.pubsub, sdk.FIRESTORE.variable: silent}

    with pytest.raises(StackError, match=f"FIRESTORE_EMULATOR_HOST is {silent}"), running(environ):
        pass


def test_a_taken_port_is_an_error_with_its_cause(emulators: Emulators) -> None:
    """A port that another program uses is reported, and not taken for a ready emulator."""
    port = int(emulators.pubsub.rpartition(":")[2])

    with pytest.raises(StackError, match="did not start"):
        Emulator(sdk.PUBSUB, port).wait_ready()
