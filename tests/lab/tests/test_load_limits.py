"""A load test that the emulators cannot carry is refused with what to do instead."""

import pytest

from tests.lab.load.limits import heap
from tests.lab.load.plan import Plan
from tests.lab.stack.emulators import HEAP_MIB
from tests.lab.stack.errors import StackError

MEMORY = 24 * 2**30


def test_a_short_run_takes_what_every_stack_takes() -> None:
    """The default asks for no more than usual."""
    assert heap(Plan(), MEMORY) == HEAP_MIB


def test_a_long_run_is_given_room_for_all_its_messages() -> None:
    """What the emulators never forget fits their heap: fifteen minutes at a hundred a second."""
    assert 6_500 < heap(Plan(seconds=900, customers=1000), MEMORY) < 7_500


def test_more_ordering_keys_than_the_emulator_bears_are_refused() -> None:
    """Each order its own customer is a thread for each order."""
    with pytest.raises(StackError, match="--customers 1000"):
        heap(Plan(seconds=900), MEMORY)


def test_more_than_the_machine_holds_is_refused() -> None:
    """All of requirements 10.2 does not fit into emulators; the message says how much would be needed."""
    with pytest.raises(StackError, match=r"3,600,500 messages .* 24,576 are available: shorten --minutes"):
        heap(Plan(rate=100, seconds=3600, customers=1000), MEMORY)
