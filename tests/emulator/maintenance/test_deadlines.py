"""Orders that an earlier release wrote get the deadlines of today's rules, and the sweep finds them."""

from datetime import timedelta

import pytest

from shared.consumer.deadline_sweep import SweepReport
from shared.domain.deadlines import ALLOCATE_WITHIN
from shared.maintenance.deadlines import DeadlineUpdater
from tests import messages
from tests.emulator.failed_messages.console_backend import ConsoleBackend, post
from tests.emulator.maintenance.encrypted_documents import Store

pytestmark = pytest.mark.emulator


@pytest.mark.parametrize("lines", [1, 600], ids=["in its document", "in chunks"])
async def test_the_sweep_finds_an_order_without_its_deadline(
    backend: ConsoleBackend, store: Store, lines: int
) -> None:
    """The release that wrote it last did not have the rule; a second run changes nothing."""
    ordered = messages.order_of([messages.line(each) for each in range(1, lines + 1)], "QC-1")
    pushed = messages.push(ordered | {"isForceAllocation": False})
    assert await post(backend.creation.instance(), pushed) == 204
    (document,) = await store.all("orders")
    await store.write(document, {"deadlineAt": None, "deadlineShard": None})
    backend.later = ALLOCATE_WITHIN + timedelta(minutes=1)
    assert await backend.services.deadlines.run() == SweepReport()

    counts = [await DeadlineUpdater(*store.parts).update() for _ in range(2)]

    assert counts == [{"updated": 1}, {"current": 1}]
    assert [each.fields for each in await store.all("orders")] == [document.fields]
    assert await backend.services.deadlines.run() == SweepReport(checked=1, changed=1)
