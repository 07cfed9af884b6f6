"""The dead-letter process for every test of this folder."""

import pytest

from tests.unit.failed_messages.dead_letters import Handling


@pytest.fixture
def handling() -> Handling:
    """Return one that has read and written nothing."""
    return Handling()
