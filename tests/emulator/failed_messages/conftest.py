"""The console's services for every test of this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.emulator.failed_messages.console_backend import ConsoleBackend, console_backend
from tests.lab.stack.emulators import Emulators


@pytest.fixture
async def backend(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[ConsoleBackend]:
    """Yield the console's services over real functions, in a project of the test's own."""
    async with console_backend(emulators, project, tmp_path) as backend:
        yield backend
