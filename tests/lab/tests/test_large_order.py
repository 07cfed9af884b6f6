"""An order of many parts goes its whole way, as `python -m tests.lab.large_order` runs one of 10 MB."""

import pytest

from shared.domain.reservation_step import PART_ITEMS
from tests.lab.large_order.run import run
from tests.lab.stack.emulators import HEAP_MIB, Emulators

pytestmark = pytest.mark.emulator

LINES = 6 * PART_ITEMS


async def test_a_large_order_is_reserved_shipped_and_captured(emulators: Emulators) -> None:
    """All of its skus are set aside before it is allocated, and counted down by its parcels."""
    result = await run(LINES, print, HEAP_MIB, emulators.variables)

    assert (result.status, result.departed) == ("SHIPPED", LINES)
    assert result.captured_minor > 0
    assert set(result.peaks) == {"order_create", "inventory", "payment", "order_release", "ship"}
