"""The whole stack for the tests of a folder: its conftest imports it. It stops after the last of them.

A stack without work costs a twelfth of a processor: its relay polls, and its console follows the schedule.
"""

import os
import uuid
from collections.abc import Iterator

import pytest

from tests.lab.stack.client import StackClient
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.processes import still_running
from tests.lab.stack.up_process import UpProcess


@pytest.fixture(scope="package")
def stack(emulators: Emulators, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackClient]:
    """Yield a client of a stack on the run's emulators; fail if any of it remains."""
    options = ("--quiet", "--time-scale", "0.02", "--project", f"stack-{uuid.uuid4().hex[:16]}")
    up = UpProcess(tmp_path_factory.mktemp("stack"), os.environ | emulators.variables, *options)
    client = up.wait_ready()
    family = up.family()
    yield client
    assert up.stop() == 0, up.output()
    assert still_running(family) == []
