"""What came too early is replayed by itself once what it waited for is there."""

import itertools
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.failed_messages.automatic_replay import MAX_RETRIES
from shared.failed_messages.model import CaseStatus
from tests import messages
from tests.emulator.consumer.creation import push
from tests.emulator.failed_messages.reviewing import Reviewing, reviewing
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.paths import ROOT

pytestmark = pytest.mark.emulator

ORDER = messages.order()
AUTHORIZED = json.loads((ROOT / "tests" / "fixtures" / "payment_authorized.json").read_text())
PAYMENT = {
    "topic": "payment-authorized",
    "subscription": "payment-authorized-sub",
    "reason": "order.not_found",
    "error_type": "deferred",
    "attributes": AUTHORIZED["attributes"],
}


@pytest.fixture
async def desk(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[Reviewing]:
    """Yield the review over real functions."""
    async with reviewing(emulators, project, tmp_path) as desk:
        yield desk


async def test_a_deferred_message_passes_once_its_order_is_there(desk: Reviewing) -> None:
    """A payment that came before its order is looked at, put off, and processed after the order arrived."""
    case_id = await desk.fail(AUTHORIZED["data"], **PAYMENT)

    early = await desk.review.deferred.retry_due()
    too_soon = await desk.review.deferred.retry_due()
    assert await push(desk.creation.instance(), messages.push(ORDER)) == 204
    desk.later = timedelta(minutes=2)
    late = await desk.review.deferred.retry_due()

    assert [(each.looked_at, each.resolved) for each in (early, too_soon, late)] == [(1, 0), (0, 0), (1, 1)]
    case = await desk.review.desk.case(case_id)
    assert (case.status, case.outcome) == (CaseStatus.RESOLVED, "processed")
    assert [entry.action for entry in case.history] == ["failed", "still_deferred", "replaying", "resolved"]
    assert {entry.by for entry in case.history} == {"system"}
    order = await desk.order(ORDER["orderId"])
    assert order.payment.authorized_minor == 133398


async def test_retries_end_after_so_many_tries(desk: Reviewing) -> None:
    """A message whose order never comes is left to people after ten looks, with growing waits."""
    case_id = await desk.fail(AUTHORIZED["data"], **PAYMENT)
    waits = []

    for _ in range(MAX_RETRIES):
        assert (await desk.review.deferred.retry_due()).looked_at == 1
        case = await desk.review.desk.case(case_id)
        if case.retry_at is not None:
            waits.append(case.retry_at - desk.now())
            desk.later += timedelta(hours=7)

    assert (case.status, case.retries, case.retry_at) == (CaseStatus.OPEN, MAX_RETRIES, None)
    assert case.history[-1].action == "retries_ended"
    assert all(before < after for before, after in itertools.pairwise(waits))
    assert desk.reached.deliveries == []


async def test_other_failures_are_left_to_people(desk: Reviewing) -> None:
    """A rejected message is never retried by itself, though it would pass."""
    await desk.fail(ORDER)

    assert (await desk.review.deferred.retry_due()).looked_at == 0
    assert await desk.order(ORDER["orderId"]) is None
