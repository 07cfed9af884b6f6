"""The stack that tests share is whole."""

import pytest

from tests.lab.stack import topology
from tests.lab.stack.client import StackClient
from tests.lab.stack.functions import sources

pytestmark = pytest.mark.emulator


def test_the_shared_stack_has_every_function(stack: StackClient) -> None:
    """The stack that tests share runs every function of the project."""
    expected = {f"{name.upper()}_URL" for name in sources(topology.load())}

    assert expected
    assert stack.env.keys() >= expected
