"""The sweep finds the orders that are due, and checks each of them once."""

import asyncio
import uuid
from datetime import timedelta

import pytest

from shared.consumer.deadline_sweep import SweepReport
from shared.domain.deadlines import ALLOCATE_WITHIN, ALLOCATION_OVERDUE
from tests import messages
from tests.emulator.failed_messages.console_backend import ConsoleBackend

pytestmark = pytest.mark.emulator


async def create(backend: ConsoleBackend) -> str:
    """Create an order that waits for stock."""
    order_id = f"QC-{uuid.uuid4().hex[:8]}"
    order = messages.order(order_id) | {"isForceAllocation": False}
    await backend.creation.deliver(backend.creation.instance(), messages.push(order))
    return order_id


async def exceptions(backend: ConsoleBackend, order_id: str) -> list[str]:
    """Return the codes of the order's exceptions."""
    order = (await backend.services.orders.find(order_id)).order
    assert order is not None
    return [each.code for each in order.exceptions]


async def test_an_order_is_checked_when_its_deadline_has_passed(backend: ConsoleBackend) -> None:
    """Before it there is nothing to do, and after the check neither."""
    order_id = await create(backend)
    assert await backend.services.deadlines.run() == SweepReport()

    backend.later = ALLOCATE_WITHIN + timedelta(minutes=1)
    assert await backend.services.deadlines.run() == SweepReport(checked=1, changed=1)

    assert await exceptions(backend, order_id) == [ALLOCATION_OVERDUE]
    assert await backend.services.deadlines.run() == SweepReport()


async def test_sweeps_of_one_moment_report_each_order_once(backend: ConsoleBackend) -> None:
    """Two instances find the same orders; each order changes once."""
    orders = [await create(backend) for _ in range(5)]
    backend.later = ALLOCATE_WITHIN + timedelta(minutes=1)

    reports = await asyncio.gather(*(backend.another().deadlines.run() for _ in range(2)))

    assert sum(each.changed for each in reports) == len(orders)
    assert sum(each.failed for each in reports) == 0
    for order_id in orders:
        assert await exceptions(backend, order_id) == [ALLOCATION_OVERDUE]
