"""A load test that the emulators cannot run is refused with a remedy."""

import pytest

from tests.lab.load.limits import heap_mib
from tests.lab.load.plan import Plan
from tests.lab.stack.emulators import HEAP_MIB
from tests.lab.stack.errors import StackError

MEMORY = 24 * 2**30


def test_a_short_run_needs_the_default_heap() -> None:
    """The default plan needs the heap of any stack."""
    assert heap_mib(Plan(), MEMORY) == HEAP_MIB


def test_a_long_run_gets_a_heap_for_all_its_messages() -> None:
    """Fifteen minutes at a hundred a second fit the heap, because emulators free no message."""
    assert 6_500 < heap_mib(Plan(seconds=900, customers=1000), MEMORY) < 7_500


def test_too_many_ordering_keys_are_refused() -> None:
    """The emulator keeps a thread for each customer of an order."""
    with pytest.raises(StackError, match="--customers 1000"):
        heap_mib(Plan(seconds=900), MEMORY)


def test_more_than_the_machine_holds_is_refused() -> None:
    """Requirements 10.2 in full do not fit into emulators; the error says how much memory is needed."""
    with pytest.raises(StackError, match=r"3,600,500 messages .* 24,576 are available: shorten --minutes"):
        heap_mib(Plan(rate=100, seconds=3600, customers=1000), MEMORY)
