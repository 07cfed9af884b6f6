"""One stack for all tests of this folder that use the whole of it."""

from collections.abc import Iterator

import pytest

from tests.lab.stack.client import StackClient
from tests.lab.stack.emulators import Emulators
from tests.shared_stack import shared_stack


@pytest.fixture(scope="package")
def stack(emulators: Emulators, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackClient]:
    """Yield a client of the folder's stack."""
    with shared_stack(emulators, tmp_path_factory.mktemp("stack")) as client:
        yield client
