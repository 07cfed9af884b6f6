"""What came too early is replayed by itself once what it waited for is there."""

import itertools
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.failed_messages.automatic_replay import MAX_TRIES
from shared.failed_messages.model import MessageStatus
from tests import messages
from tests.emulator.consumer.creation import push
from tests.emulator.failed_messages.console_backend import ConsoleBackend, console_backend
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
async def backend(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[ConsoleBackend]:
    """Yield the console's services over real functions."""
    async with console_backend(emulators, project, tmp_path) as backend:
        yield backend


async def test_a_deferred_message_passes_once_its_order_is_there(backend: ConsoleBackend) -> None:
    """A payment that came before its order is looked at, put off, and processed after the order arrived."""
    message_id = await backend.fail(AUTHORIZED["data"], **PAYMENT)

    early = await backend.services.automatic_replay.replay_due()
    too_soon = await backend.services.automatic_replay.replay_due()
    assert await push(backend.creation.instance(), messages.push(ORDER)) == 204
    backend.later = timedelta(minutes=2)
    late = await backend.services.automatic_replay.replay_due()

    assert [(each.looked_at, each.resolved) for each in (early, too_soon, late)] == [(1, 0), (0, 0), (1, 1)]
    message = await backend.services.messages.find(message_id)
    assert (message.status, message.outcome) == (MessageStatus.RESOLVED, "processed")
    assert [entry.action for entry in message.history] == [
        "failed",
        "still_deferred",
        "replaying",
        "resolved",
    ]
    assert {entry.by for entry in message.history} == {"system"}
    order = await backend.order(ORDER["orderId"])
    assert order.position is not None
    assert order.position.authorized_minor == 133398


async def test_retries_end_after_so_many_tries(backend: ConsoleBackend) -> None:
    """A message whose order never comes is left to people after ten looks, with growing waits."""
    message_id = await backend.fail(AUTHORIZED["data"], **PAYMENT)
    waits = []

    for _ in range(MAX_TRIES):
        assert (await backend.services.automatic_replay.replay_due()).looked_at == 1
        message = await backend.services.messages.find(message_id)
        if message.next_replay_at is not None:
            waits.append(message.next_replay_at - backend.now())
            backend.later += timedelta(hours=7)

    assert (message.status, message.automatic_replays, message.next_replay_at) == (
        MessageStatus.OPEN,
        MAX_TRIES,
        None,
    )
    assert message.history[-1].action == "retries_ended"
    assert all(before < after for before, after in itertools.pairwise(waits))
    assert backend.transport.deliveries == []


async def test_other_failures_are_left_to_people(backend: ConsoleBackend) -> None:
    """A rejected message is never retried by itself, though it would pass."""
    await backend.fail(ORDER)

    assert (await backend.services.automatic_replay.replay_due()).looked_at == 0
    assert await backend.order(ORDER["orderId"]) is None
