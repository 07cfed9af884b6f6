"""The console's services, and one stack for all tests of this folder that use the whole of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.emulator.failed_messages.console_backend import ConsoleBackend, console_backend
from tests.lab.stack.emulators import Emulators
from tests.shared_stack import stack

__all__ = ["backend", "stack"]


@pytest.fixture
async def backend(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[ConsoleBackend]:
    """Yield the console's services over real functions, in a project of the test's own."""
    async with console_backend(emulators, project, tmp_path) as backend:
        yield backend
