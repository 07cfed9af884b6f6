"""The schedule replays messages that came too early, for a bounded time."""

import itertools
import json
from datetime import timedelta

import pytest

from shared.contracts.envelope import parse_push
from shared.failed_messages.automatic_replay import MAX_REPLAYS
from shared.failed_messages.model import MessageStatus, ReplayAttempt
from shared.failed_messages.transitions import REPLAY_LEASE, begin_replay
from tests import messages
from tests.emulator.consumer.creation import push
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken
from tests.lab.stack.paths import ROOT

pytestmark = pytest.mark.emulator

ORDER = messages.order()
AUTHORIZED = json.loads((ROOT / "tests" / "fixtures" / "payment_authorized.json").read_text())
CAPTURED = json.loads((ROOT / "tests" / "fixtures" / "payment_captured.json").read_text())
PAYMENT = {
    "topic": "payment-authorized",
    "subscription": "payment-authorized-sub",
    "reason": "order.not_found",
    "error_type": "deferred",
    "attributes": AUTHORIZED["attributes"],
}


async def test_a_deferred_message_passes_once_its_order_is_there(backend: ConsoleBackend) -> None:
    """A payment that came before its order is checked, postponed, and processed after the order arrived."""
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


async def test_automatic_replays_end_after_eleven_tries(backend: ConsoleBackend) -> None:
    """A message without its order is left to people after eleven checks, with growing waits."""
    message_id = await backend.fail(AUTHORIZED["data"], **PAYMENT)
    waits = []

    for _ in range(MAX_REPLAYS):
        assert (await backend.services.automatic_replay.replay_due()).looked_at == 1
        message = await backend.services.messages.find(message_id)
        if message.next_replay_at is not None:
            waits.append(message.next_replay_at - backend.now())
            backend.later += timedelta(hours=7)

    assert (message.status, message.automatic_replays, message.next_replay_at) == (
        MessageStatus.OPEN,
        MAX_REPLAYS,
        None,
    )
    assert message.history[-1].action == "retries_ended"
    assert all(before < after for before, after in itertools.pairwise(waits))
    assert backend.transport.deliveries == []


async def test_a_replay_says_since_when_its_message_waits(backend: ConsoleBackend) -> None:
    """A capture failed in an outage. Its wait for the authorisation begins at the first replay after that."""
    message_id = await backend.fail(
        CAPTURED["data"],
        topic="payment-captured",
        subscription="payment-captured-sub",
        reason="not_recorded",
        error_type="not_recorded",
        attributes=CAPTURED["attributes"],
    )
    assert await push(backend.creation.instance(), messages.push(ORDER)) == 204
    services = backend.services

    await services.automatic_replay.replay_due()
    first = await services.messages.find(message_id)
    again = await services.messages.replay(message_id, by="ann@x")

    assert (first.failure_reason.slug, again.failure_reason.slug) == ("payment.not_authorized",) * 2
    assert first.deferred_at == again.deferred_at == first.last_failed_at
    waits = [parse_push(each).waiting_since for each in backend.transport.deliveries]
    assert waits == [None, first.deferred_at]


async def test_a_parcel_that_waited_in_vain_alerts(
    backend: ConsoleBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its goods have left: a person must know once nothing tries it any more. Before, it may still pass."""
    message_id = await backend.fail(
        {"orderId": "QC-1"},
        topic="ship-events",
        subscription="ship-events-direct-sub",
        reason="line.sku_too_early",
        error_type="deferred",
    )
    alerts = []

    for _ in range(MAX_REPLAYS):
        capsys.readouterr()
        await backend.services.automatic_replay.replay_due()
        alerts.append(capsys.readouterr().out.count('"alert":"critical_failed_message"'))
        backend.later += timedelta(hours=7)

    assert alerts == [0] * (MAX_REPLAYS - 1) + [1]
    group_id = (await backend.services.messages.find(message_id)).group_id
    assert (await backend.services.overview.group(group_id)).group.critical


async def test_a_message_with_an_interrupted_replay_is_postponed_too(backend: ConsoleBackend) -> None:
    """Its console stopped, and the message is still too early: its tries count, so they end."""
    message_id, services = await backend.fail(AUTHORIZED["data"], **PAYMENT), backend.services
    attempt = ReplayAttempt(token="t1", by="ann@x", at=backend.now())
    await services.messages.repository.update(message_id, lambda message: begin_replay(message, attempt))
    backend.later = 2 * REPLAY_LEASE

    assert (await services.automatic_replay.replay_due()).looked_at == 1
    assert (await services.automatic_replay.replay_due()).looked_at == 0
    assert (await services.messages.find(message_id)).automatic_replays == 1


async def test_a_deferred_message_that_can_not_pass_any_more_is_left_to_people_at_once(
    backend: ConsoleBackend,
) -> None:
    """Today's code rejects it: it fails with that reason, and is not tried again."""
    message_id = await backend.fail(broken("QC-1"), reason="order.not_found", error_type="deferred")

    await backend.services.automatic_replay.replay_due()

    message = await backend.services.messages.find(message_id)
    assert (message.failure_reason.slug, message.next_replay_at) == ("order.totals_mismatch", None)
