"""The store behind the functions, for every test of this folder."""

from collections.abc import AsyncIterator

import pytest

from tests.emulator.failed_messages.console_backend import ConsoleBackend
from tests.emulator.maintenance.encrypted_documents import Store, store_of


@pytest.fixture
async def store(backend: ConsoleBackend) -> AsyncIterator[Store]:
    """Yield the store behind the functions."""
    async with store_of(backend) as store:
        yield store
