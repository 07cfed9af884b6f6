"""Unit tests start no process: `make unit` is fast, and needs neither Java nor git."""

import subprocess
from typing import NoReturn

import pytest


def refuse(*_: object, **__: object) -> NoReturn:
    """Stand in for the start of a process."""
    raise AssertionError("a unit test starts a process")


@pytest.fixture(autouse=True)
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that starts a process: it belongs to tests/emulator or tests/repository."""
    monkeypatch.setattr(subprocess, "Popen", refuse)
