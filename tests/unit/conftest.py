"""Unit tests start no process: `make unit` is fast, and needs neither Java nor git."""

import subprocess
from collections.abc import Iterator
from unittest import mock

import pytest


@pytest.fixture(autouse=True)
def no_process() -> Iterator[None]:
    """Fail a test that starts a process: it belongs to tests/emulator or tests/repository."""
    error = AssertionError("a unit test starts a process")
    with mock.patch.object(subprocess, "Popen", side_effect=error):
        yield
